//! Which steps of a phase share a pass.

use std::collections::{BTreeMap, BTreeSet};

use crate::compile::groups::Class;
use crate::formulas::{self, reductions};
use crate::leafwise;
use crate::plan::{Input, Map, Output, Phase, Reduce, Source, Step};
use crate::plan::{PARAMS, UPDATES};

/// Steps that fit one pass.
pub enum Section {
    /// Maps and reductions.
    Stream(Run),
    /// One kernel of whole leaves, by its index in the phase.
    Leafwise(usize),
}

/// What one pass does.
pub struct Run {
    /// Its steps by their index in the phase, in order; those of earlier passes that left nothing behind come first, once more.
    pub steps: Vec<usize>,
    /// What becomes of `u`.
    pub end: End,
}

/// What becomes of `u` when a pass ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It is forgotten.
    Forgotten,
    /// It is forgotten, and so is what kernels do to slots: sums are all that is left behind.
    Summed,
    /// It goes to the updates where the pass has changed it.
    Kept,
    /// It lies in the updates.
    Stored,
    /// It is added to the parameters.
    Applied,
}

impl End {
    /// The kernel that a pass ends with, and the buffer that gets `u`; it lay in `location`, and the pass has perhaps changed it.
    fn of(self, location: usize, changed: bool) -> (Option<&'static str>, Option<usize>) {
        match self {
            End::Applied => (Some("apply"), Some(PARAMS)),
            End::Stored if !changed && location != UPDATES => (Some("identity"), Some(UPDATES)),
            End::Stored | End::Kept if changed => (None, Some(UPDATES)),
            _ => (None, None),
        }
    }
}

/// A step of a pass.
pub enum Item<'a> {
    /// An elementwise kernel.
    Map(&'a Map),
    /// A reduction, and its place among those of the pass.
    Reduce(&'a Reduce, usize),
}

/// What the leaves of a class go through in a pass.
pub struct Part<'a> {
    /// Their steps.
    pub items: Vec<Item<'a>>,
    /// The kernel of the registry that follows.
    pub last: Option<&'static str>,
    /// The buffer that gets `u`.
    pub output: Option<usize>,
}

impl Run {
    /// The reductions, in order.
    pub fn sums<'a>(&'a self, phase: &'a Phase) -> impl Iterator<Item = &'a Reduce> {
        sums(phase, &self.steps).map(|(_, step)| step)
    }

    /// What the leaves of a class go through.
    pub fn part<'a>(&self, phase: &'a Phase, class: &Class) -> Part<'a> {
        let mut items = Vec::new();
        let mut sum = 0;
        for &i in &self.steps {
            match &phase.steps[i] {
                Step::Map(step) if class.takes(i) => items.push(Item::Map(step)),
                Step::Reduce(step) => {
                    if class.takes(i) {
                        items.push(Item::Reduce(step, sum));
                    }
                    sum += 1;
                }
                _ => {}
            }
        }
        if self.end == End::Summed {
            let last = items.iter().rposition(|item| matches!(item, Item::Reduce(..)));
            items.truncate(last.map_or(0, |last| last + 1));
        }
        let changed = items.iter().any(|item| matches!(item, Item::Map(_)));
        let (last, output) = self.end.of(class.location, changed);
        Part { items, last, output }
    }
}

/// More maps than these are not done again: reading their result is cheaper.
const REPEATED: usize = 8;
/// Longer passes are not searched for what could be added to them.
const SEARCHED: usize = 64;

/// Cuts before a step that needs a result of the pass it would be in, and around leafwise steps.
pub fn cut(phase: &Phase) -> Vec<Section> {
    let rehearses = phase.output == Output::Registers;
    let mut cutter = Cutter {
        phase,
        rehearses,
        sections: Vec::new(),
        steps: Vec::new(),
        pending: BTreeSet::new(),
        from_grads: phase.input == Input::Grads,
    };
    for (i, step) in phase.steps.iter().enumerate() {
        match step {
            Step::Leafwise(step) => {
                if !cutter.steps.is_empty() {
                    let changes = cutter.maps().next().is_some();
                    cutter.from_grads &= !changes;
                    cutter.end(End::Kept);
                }
                cutter.sections.push(Section::Leafwise(i));
                let formula = leafwise::find(&step.leafwise).expect("the plan has been checked");
                cutter.from_grads &= formula.keeps_u;
            }
            _ => {
                if cutter.waits(step) && !cutter.sum_earlier() {
                    cutter.end_before_more();
                }
                cutter.push(i);
            }
        }
    }
    match phase.output {
        Output::None => cutter.end(End::Forgotten),
        Output::Registers => cutter.end(End::Summed),
        Output::Updates => cutter.end(End::Stored),
        Output::Apply => cutter.end(End::Applied),
    }
    cutter.sections
}

struct Cutter<'a> {
    phase: &'a Phase,
    rehearses: bool,
    sections: Vec<Section>,
    /// The steps of the next pass so far.
    steps: Vec<usize>,
    /// Registers that are known when it ends.
    pending: BTreeSet<usize>,
    /// Whether it finds `u` in the gradients, which nothing overwrites.
    from_grads: bool,
}

impl Cutter<'_> {
    fn maps(&self) -> impl Iterator<Item = (usize, &Map)> {
        self.steps.iter().filter_map(|i| match &self.phase.steps[*i] {
            Step::Map(step) => Some((*i, step)),
            _ => None,
        })
    }

    fn sums(&self) -> impl Iterator<Item = (usize, &Reduce)> {
        sums(self.phase, &self.steps)
    }

    fn push(&mut self, i: usize) {
        if let Step::Reduce(step) = &self.phase.steps[i] {
            self.pending.insert(step.into);
        }
        self.steps.push(i);
    }

    fn waits(&self, step: &Step) -> bool {
        match step {
            Step::Map(step) => reads(&step.scalars, &self.pending),
            Step::Reduce(step) => self.pending.contains(&step.into) || reads(&step.scalars, &self.pending),
            Step::Leafwise(_) => true,
        }
    }

    fn end(&mut self, end: End) {
        let steps = std::mem::take(&mut self.steps);
        self.pending.clear();
        self.sections.push(Section::Stream(Run { steps, end }));
    }

    /// Ends a pass that another one follows: it keeps what it has done, or the other one does it again.
    fn end_before_more(&mut self) {
        if !self.rehearses && !self.leaves_nothing() {
            self.from_grads = false;
            return self.end(End::Kept);
        }
        let maps = self.maps().map(|(i, _)| i).collect();
        self.end(End::Summed);
        self.steps = maps;
    }

    /// Whether maps can be done again in the next pass: they are few, change no slots, and what they read stays.
    fn leaves_nothing(&self) -> bool {
        self.from_grads
            && self.maps().count() <= REPEATED
            && self.maps().all(|(_, step)| !changes_slots(step) && !reads(&step.scalars, &self.pending))
    }

    /// Moves the sums to the pass before, if there is one and they are the same there: those of the parameters are.
    fn sum_earlier(&mut self) -> bool {
        let of_params = self.sums().all(|(_, step)| {
            let formula = reductions::find(&step.reduce).expect("the plan has been checked");
            !formula.reads_updates && step.slots.is_empty() && step.scalars.is_empty()
        });
        if !of_params || self.maps().any(|(_, step)| reads(&step.scalars, &self.pending)) {
            return false;
        }
        let Some(Section::Stream(before)) = self.sections.last_mut() else { return false };
        let again = |(_, step): (usize, &Reduce)| self.pending.contains(&step.into);
        if before.steps.len() > SEARCHED || sums(self.phase, &before.steps).any(again) {
            return false;
        }
        let (moved, rest) = std::mem::take(&mut self.steps)
            .into_iter()
            .partition::<Vec<_>, _>(|i| matches!(self.phase.steps[*i], Step::Reduce(_)));
        before.steps.extend(moved);
        self.steps = rest;
        self.pending.clear();
        true
    }
}

fn sums<'a>(phase: &'a Phase, steps: &'a [usize]) -> impl Iterator<Item = (usize, &'a Reduce)> {
    steps.iter().filter_map(|i| match &phase.steps[*i] {
        Step::Reduce(step) => Some((*i, step)),
        _ => None,
    })
}

fn changes_slots(step: &Map) -> bool {
    let formula = formulas::find(&step.map).expect("the plan has been checked");
    (0..formula.slots.len()).any(|slot| !formula.broadcasts(slot))
}

fn reads(scalars: &BTreeMap<String, Source>, registers: &BTreeSet<usize>) -> bool {
    scalars
        .values()
        .any(|source| matches!(source, Source::Register(source) if registers.contains(&source.register)))
}
