//! Which steps of a phase share a pass.

use std::collections::BTreeSet;

use crate::plan::{Phase, Source, Step};

/// Steps that fit one pass.
pub enum Section {
    /// Maps and reductions, by their index in the phase.
    Stream(Vec<usize>),
    /// One kernel of whole leaves.
    Leafwise(usize),
}

/// Cuts before a step that needs a result of the pass it would be in, and around leafwise steps.
pub fn cut(phase: &Phase) -> Vec<Section> {
    let mut sections = Vec::new();
    let mut steps = Vec::new();
    let mut pending = BTreeSet::new();
    for (i, step) in phase.steps.iter().enumerate() {
        let waits = match step {
            Step::Map(step) => step.scalars.values().any(|source| reads(source, &pending)),
            Step::Reduce(step) => {
                pending.contains(&step.into) || step.scalars.values().any(|source| reads(source, &pending))
            }
            Step::Leafwise(_) => true,
        };
        if waits && !steps.is_empty() {
            sections.push(Section::Stream(std::mem::take(&mut steps)));
            pending.clear();
        }
        match step {
            Step::Leafwise(_) => {
                sections.push(Section::Leafwise(i));
                continue;
            }
            Step::Reduce(step) => drop(pending.insert(step.into)),
            Step::Map(_) => {}
        }
        steps.push(i);
    }
    sections.push(Section::Stream(steps));
    sections
}

fn reads(source: &Source, pending: &BTreeSet<usize>) -> bool {
    matches!(source, Source::Register(source) if pending.contains(&source.register))
}
