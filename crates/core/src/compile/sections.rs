//! Which steps of a phase share a pass.

use std::collections::BTreeSet;

use crate::compile::groups::LeafGroup;
use crate::formulas::reductions::ReductionFormula;
use crate::formulas::{APPLY, Formula, IDENTITY};
use crate::plan::resolved::{LeafwiseStep, MapStep, ReduceStep, ResolvedPhase, ResolvedStep};
use crate::plan::{Input, Output, Source};
use crate::plan::{PARAMS, UPDATES};

/// Steps that fit one pass.
pub enum Section<'a> {
    /// Maps and reductions.
    Stream(StreamSection),
    /// One leafwise kernel, and its index in the phase.
    Leafwise(&'a LeafwiseStep, usize),
}

/// What one pass does.
pub struct StreamSection {
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
    DryRun,
    /// It goes to the updates where the pass has changed it.
    StoredIfChanged,
    /// It lies in the updates.
    Stored,
    /// It is added to the parameters.
    Applied,
}

impl End {
    /// The kernel that a pass ends with, and the buffer that gets `u`; it lay in `location`, and the pass has perhaps changed it.
    fn of(self, location: usize, changed: bool) -> (Option<&'static Formula>, Option<usize>) {
        match self {
            End::Applied => (Some(&APPLY), Some(PARAMS)),
            End::Stored if !changed && location != UPDATES => (Some(&IDENTITY), Some(UPDATES)),
            End::Stored | End::StoredIfChanged if changed => (None, Some(UPDATES)),
            _ => (None, None),
        }
    }
}

/// A kernel of a pass with its operands: the buffers of its slots, and the sources of its scalars.
#[derive(Clone, Copy)]
pub enum Item<'a> {
    /// An elementwise kernel.
    Map {
        /// The kernel.
        formula: &'static Formula,
        /// The buffers of its slots.
        slots: &'a [usize],
        /// The sources of its scalars.
        scalars: &'a [Source],
    },
    /// A reduction.
    Reduce {
        /// The reduction.
        formula: &'static ReductionFormula,
        /// The buffers of its slots.
        slots: &'a [usize],
        /// The sources of its scalars.
        scalars: &'a [Source],
        /// Its index among the reductions of the pass.
        sum: usize,
    },
}

impl<'a> Item<'a> {
    /// Makes a kernel without slots and scalars.
    pub fn plain(formula: &'static Formula) -> Item<'a> {
        Item::Map { formula, slots: &[], scalars: &[] }
    }

    /// Returns the name of the kernel.
    pub fn name(&self) -> &'static str {
        match self {
            Item::Map { formula, .. } => formula.name,
            Item::Reduce { formula, .. } => formula.name,
        }
    }

    /// Returns the buffers of its slots and the sources of its scalars.
    pub fn operands(&self) -> (&'a [usize], &'a [Source]) {
        let (Item::Map { slots, scalars, .. } | Item::Reduce { slots, scalars, .. }) = self;
        (slots, scalars)
    }

    /// Returns whether it reads the parameters.
    pub fn reads_params(&self) -> bool {
        match self {
            Item::Map { formula, .. } => formula.reads_params,
            Item::Reduce { formula, .. } => formula.reads_params,
        }
    }

    /// Returns whether it is an elementwise kernel.
    pub fn is_map(&self) -> bool {
        matches!(self, Item::Map { .. })
    }
}

/// What the leaves of a group go through in a pass.
pub struct GroupSteps<'a> {
    /// Their kernels, in order.
    pub items: Vec<Item<'a>>,
    /// The buffer that gets `u`.
    pub output: Option<usize>,
}

impl StreamSection {
    /// Returns the reductions, in order.
    pub fn sums<'a>(&'a self, phase: &'a ResolvedPhase) -> impl Iterator<Item = &'a ReduceStep> {
        sums(phase, &self.steps).map(|(_, step)| step)
    }

    /// Returns what the leaves of a group go through.
    pub fn steps_of<'a>(&self, phase: &'a ResolvedPhase, group: &LeafGroup) -> GroupSteps<'a> {
        let mut items = Vec::new();
        let mut sum = 0;
        for &i in &self.steps {
            match &phase.steps[i] {
                ResolvedStep::Map(MapStep { formula, slots, scalars, .. }) if group.takes(i) => {
                    items.push(Item::Map { formula, slots, scalars });
                }
                ResolvedStep::Reduce(ReduceStep { formula, slots, scalars, .. }) => {
                    if group.takes(i) {
                        items.push(Item::Reduce { formula, slots, scalars, sum });
                    }
                    sum += 1;
                }
                _ => {}
            }
        }
        if self.end == End::DryRun {
            let last = items.iter().rposition(|item| !item.is_map());
            items.truncate(last.map_or(0, |last| last + 1));
        }
        let changed = items.iter().any(Item::is_map);
        let (last, output) = self.end.of(group.location, changed);
        items.extend(last.map(Item::plain));
        GroupSteps { items, output }
    }
}

/// More maps than these are not done again: reading their result is cheaper.
const REPEATED: usize = 8;
/// Longer passes are not searched for what could be added to them.
const SEARCHED: usize = 64;

/// Cuts before a step that needs a result of the pass it would be in, and around leafwise steps.
pub fn cut(phase: &ResolvedPhase) -> Vec<Section<'_>> {
    let is_dry_run = phase.output == Output::Registers;
    let mut cutter = Cutter {
        phase,
        is_dry_run,
        sections: Vec::new(),
        steps: Vec::new(),
        pending: BTreeSet::new(),
        from_grads: phase.input == Input::Grads,
    };
    for (i, step) in phase.steps.iter().enumerate() {
        match step {
            ResolvedStep::Leafwise(step) => {
                if !cutter.steps.is_empty() {
                    let changes = cutter.maps().next().is_some();
                    cutter.from_grads &= !changes;
                    cutter.end(End::StoredIfChanged);
                }
                cutter.sections.push(Section::Leafwise(step, i));
                cutter.from_grads &= step.formula.reads_only;
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
        Output::Registers => cutter.end(End::DryRun),
        Output::Updates => cutter.end(End::Stored),
        Output::Apply => cutter.end(End::Applied),
    }
    cutter.sections
}

struct Cutter<'a> {
    phase: &'a ResolvedPhase,
    is_dry_run: bool,
    sections: Vec<Section<'a>>,
    /// The steps of the next pass so far.
    steps: Vec<usize>,
    /// Registers that are known when it ends.
    pending: BTreeSet<usize>,
    /// Whether it finds `u` in the gradients, which nothing overwrites.
    from_grads: bool,
}

impl Cutter<'_> {
    fn maps(&self) -> impl Iterator<Item = (usize, &MapStep)> {
        self.steps.iter().filter_map(|i| match &self.phase.steps[*i] {
            ResolvedStep::Map(step) => Some((*i, step)),
            _ => None,
        })
    }

    fn sums(&self) -> impl Iterator<Item = (usize, &ReduceStep)> {
        sums(self.phase, &self.steps)
    }

    fn push(&mut self, i: usize) {
        if let ResolvedStep::Reduce(step) = &self.phase.steps[i] {
            self.pending.insert(step.into);
        }
        self.steps.push(i);
    }

    fn waits(&self, step: &ResolvedStep) -> bool {
        match step {
            ResolvedStep::Map(step) => reads(&step.scalars, &self.pending),
            ResolvedStep::Reduce(step) => {
                self.pending.contains(&step.into) || reads(&step.scalars, &self.pending)
            }
            ResolvedStep::Leafwise(_) => true,
        }
    }

    fn end(&mut self, end: End) {
        let steps = std::mem::take(&mut self.steps);
        self.pending.clear();
        self.sections.push(Section::Stream(StreamSection { steps, end }));
    }

    /// Ends a pass that another one follows: it keeps what it has done, or the other one does it again.
    fn end_before_more(&mut self) {
        if !self.is_dry_run && !self.leaves_nothing() {
            self.from_grads = false;
            return self.end(End::StoredIfChanged);
        }
        let maps = self.maps().map(|(i, _)| i).collect();
        self.end(End::DryRun);
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
        let of_params = self
            .sums()
            .all(|(_, step)| !step.formula.reads_updates && step.slots.is_empty() && step.scalars.is_empty());
        if !of_params || self.maps().any(|(_, step)| reads(&step.scalars, &self.pending)) {
            return false;
        }
        let Some(Section::Stream(before)) = self.sections.last_mut() else { return false };
        let again = |(_, step): (usize, &ReduceStep)| self.pending.contains(&step.into);
        if before.steps.len() > SEARCHED || sums(self.phase, &before.steps).any(again) {
            return false;
        }
        let (moved, rest) = std::mem::take(&mut self.steps)
            .into_iter()
            .partition::<Vec<_>, _>(|i| matches!(self.phase.steps[*i], ResolvedStep::Reduce(_)));
        before.steps.extend(moved);
        self.steps = rest;
        self.pending.clear();
        true
    }
}

fn sums<'a>(phase: &'a ResolvedPhase, steps: &'a [usize]) -> impl Iterator<Item = (usize, &'a ReduceStep)> {
    steps.iter().filter_map(|i| match &phase.steps[*i] {
        ResolvedStep::Reduce(step) => Some((*i, step)),
        _ => None,
    })
}

fn changes_slots(step: &MapStep) -> bool {
    (0..step.slots.len()).any(|slot| !step.formula.broadcasts(slot))
}

fn reads(scalars: &[Source], registers: &BTreeSet<usize>) -> bool {
    scalars.iter().filter_map(Source::register).any(|register| registers.contains(&register))
}
