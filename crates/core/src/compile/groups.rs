//! Groups of leaves that go through the same steps of a phase.

use std::collections::BTreeMap;

use crate::lanes::dtype::Dtype;
use crate::plan::resolved::{Resolved, ResolvedPhase};
use crate::plan::{GRADS, Input, UPDATES};

/// Leaves of one element type that go through the same steps.
pub struct LeafGroup {
    /// The element type of all of its leaves.
    pub dtype: Dtype,
    /// The indices of its steps in the phase, increasing.
    pub steps: Vec<usize>,
    /// The indices of its leaves in the tree, increasing.
    pub leaves: Vec<usize>,
    /// The buffer that holds `u` before the next pass.
    pub location: usize,
}

impl LeafGroup {
    /// Returns whether its leaves go through the step with this index.
    pub fn takes(&self, step: usize) -> bool {
        self.steps.binary_search(&step).is_ok()
    }
}

/// Returns the groups of a phase; leaves without elements are in none.
pub fn groups(plan: &Resolved, phase: &ResolvedPhase) -> Vec<LeafGroup> {
    let mut steps_of = vec![Vec::new(); plan.leaves.len()];
    for (i, step) in phase.steps.iter().enumerate() {
        for &leaf in &plan.sets[step.set()] {
            steps_of[leaf].push(i);
        }
    }
    let mut groups = BTreeMap::<(Dtype, Vec<usize>), Vec<usize>>::new();
    for (leaf, steps) in steps_of.into_iter().enumerate() {
        if plan.leaves[leaf].elements > 0 {
            groups.entry((plan.leaves[leaf].dtype, steps)).or_default().push(leaf);
        }
    }
    let location = match phase.input {
        Input::Grads => GRADS,
        Input::Updates => UPDATES,
    };
    groups.into_iter().map(|((dtype, steps), leaves)| LeafGroup { dtype, steps, leaves, location }).collect()
}
