//! Leaves that go through the same steps of a phase.

use std::collections::BTreeMap;

use gradloom_core::plan::{Input, Phase, Plan};
use gradloom_core::{GRADS, UPDATES};

/// Leaves with the same steps, and the buffer that holds their `u` now.
pub(crate) struct Class {
    pub steps: Vec<usize>,
    pub leaves: Vec<usize>,
    pub location: usize,
}

/// The classes of a phase; leaves without elements are in none.
pub(crate) fn classes(plan: &Plan, phase: &Phase) -> Vec<Class> {
    let mut steps_of = vec![Vec::new(); plan.leaves.len()];
    for (i, step) in phase.steps.iter().enumerate() {
        for &leaf in &plan.sets[step.set()] {
            steps_of[leaf].push(i);
        }
    }
    let mut groups = BTreeMap::<Vec<usize>, Vec<usize>>::new();
    for (leaf, steps) in steps_of.into_iter().enumerate() {
        if plan.leaves[leaf].elements() != Some(0) {
            groups.entry(steps).or_default().push(leaf);
        }
    }
    let location = match phase.input {
        Input::Grads => GRADS,
        Input::Updates => UPDATES,
    };
    groups.into_iter().map(|(steps, leaves)| Class { steps, leaves, location }).collect()
}
