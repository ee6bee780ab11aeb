//! Leaves that go through the same steps of a phase.

use std::collections::BTreeMap;

use crate::lanes::dtype::Dtype;
use crate::plan::resolved::{Resolved, ResolvedPhase};
use crate::plan::{GRADS, Input, UPDATES};

/// Leaves of one type with the same steps.
pub struct LeafGroup {
    /// Their type.
    pub dtype: Dtype,
    /// The steps by their index in the phase.
    pub steps: Vec<usize>,
    /// The leaves.
    pub leaves: Vec<usize>,
    /// The buffer that holds their `u` now.
    pub location: usize,
}

impl LeafGroup {
    /// Returns whether its leaves go through a step.
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
