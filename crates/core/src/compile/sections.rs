//! The sections of a phase: steps that share a pass over memory.

use std::collections::BTreeSet;

use crate::compile::groups::LeafGroup;
use crate::formulas::reductions::ReductionFormula;
use crate::formulas::{APPLY, Formula, IDENTITY};
use crate::plan::resolved::{LeafwiseStep, MapStep, ReduceStep, ResolvedPhase, ResolvedStep};
use crate::plan::{Input, Output, Source};
use crate::plan::{PARAMS, UPDATES};

/// The steps of one pass.
pub enum Section<'a> {
    /// Elementwise kernels and reductions.
    Stream(StreamSection),
    /// One leafwise kernel, and the index of its step in the phase.
    Leafwise(&'a LeafwiseStep, usize),
}

/// The elementwise kernels and reductions of one pass.
pub struct StreamSection {
    /// The indices of its steps in the phase, in the order in which they run. If the pass before discarded `u`, its elementwise kernels come
    /// first: this pass repeats them.
    pub steps: Vec<usize>,
    /// The destination of `u` at the end of the pass.
    pub end: End,
}

/// The destination of `u` at the end of a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Discards `u`.
    Discard,
    /// Discards `u` and all changes of slots: only sums are stored.
    DryRun,
    /// Stores `u` in the updates if the pass has changed it.
    StoreIfChanged,
    /// Stores `u` in the updates, unless it is there already.
    Store,
    /// Adds `u` to the parameters.
    Apply,
}

impl End {
    /// Returns the kernel to append, and the buffer to which `u` is written, for leaves whose `u` is in `location` before the pass.
    fn kernel_and_output(self, location: usize, changed: bool) -> (Option<&'static Formula>, Option<usize>) {
        match self {
            End::Apply => (Some(&APPLY), Some(PARAMS)),
            End::Store if !changed && location != UPDATES => (Some(&IDENTITY), Some(UPDATES)),
            End::Store | End::StoreIfChanged if changed => (None, Some(UPDATES)),
            _ => (None, None),
        }
    }
}

/// A kernel of a pass with its operands.
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

/// The part of a pass that concerns one group of leaves.
pub struct GroupSteps<'a> {
    /// The kernels, in the order in which they run.
    pub items: Vec<Item<'a>>,
    /// The buffer to which `u` is written, if it is stored.
    pub output: Option<usize>,
}

impl StreamSection {
    /// Returns the reductions of the section, in order.
    pub fn sums<'a>(&'a self, phase: &'a ResolvedPhase) -> impl Iterator<Item = &'a ReduceStep> {
        sums(phase, &self.steps).map(|(_, step)| step)
    }

    /// Returns the kernels that the leaves of a group go through in this pass, with the kernel that stores or applies `u` at the end.
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
        let (last, output) = self.end.kernel_and_output(group.location, changed);
        items.extend(last.map(Item::plain));
        GroupSteps { items, output }
    }
}

/// The most elementwise kernels that a pass repeats: of more kernels it is cheaper to store `u` and load it again.
const MAX_REPEATED_MAPS: usize = 8;
/// The most steps of a pass to which sums are moved from the next one: it bounds the time of the search for conflicts.
const MAX_SEARCHED_STEPS: usize = 64;

/// Cuts a phase into sections: before each step that needs a sum of the section so far, and around leafwise steps.
pub fn cut(phase: &ResolvedPhase) -> Vec<Section<'_>> {
    let is_dry_run = phase.output == Output::Registers;
    let mut cutter = Cutter {
        phase,
        is_dry_run,
        sections: Vec::new(),
        steps: Vec::new(),
        pending: BTreeSet::new(),
        u_is_in_grads: phase.input == Input::Grads,
    };
    for (i, step) in phase.steps.iter().enumerate() {
        match step {
            ResolvedStep::Leafwise(step) => {
                if !cutter.steps.is_empty() {
                    let changes = cutter.maps().next().is_some();
                    cutter.u_is_in_grads &= !changes;
                    cutter.end(End::StoreIfChanged);
                }
                cutter.sections.push(Section::Leafwise(step, i));
                cutter.u_is_in_grads &= step.formula.reads_only;
            }
            _ => {
                if cutter.needs_result(step) && !cutter.move_sums_to_previous_pass() {
                    cutter.end_for_next_pass();
                }
                cutter.push(i);
            }
        }
    }
    match phase.output {
        Output::None => cutter.end(End::Discard),
        Output::Registers => cutter.end(End::DryRun),
        Output::Updates => cutter.end(End::Store),
        Output::Apply => cutter.end(End::Apply),
    }
    cutter.sections
}

/// The state of `cut` between two steps.
struct Cutter<'a> {
    phase: &'a ResolvedPhase,
    is_dry_run: bool,
    /// The sections that are complete.
    sections: Vec<Section<'a>>,
    /// The steps of the section that is not complete yet.
    steps: Vec<usize>,
    /// The registers that get a value when that section ends.
    pending: BTreeSet<usize>,
    /// Whether that section reads `u` from the gradients, which no pass overwrites.
    u_is_in_grads: bool,
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

    /// Returns whether a step has to wait for the end of the current section.
    fn needs_result(&self, step: &ResolvedStep) -> bool {
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

    /// Ends a section before the end of the phase: it stores `u`, or the next section repeats its elementwise kernels.
    fn end_for_next_pass(&mut self) {
        if !self.is_dry_run && !self.can_repeat_maps() {
            self.u_is_in_grads = false;
            return self.end(End::StoreIfChanged);
        }
        let maps = self.maps().map(|(i, _)| i).collect();
        self.end(End::DryRun);
        self.steps = maps;
    }

    /// Returns whether the next pass can repeat the elementwise kernels: if they are few, change no slots, and find the same inputs.
    fn can_repeat_maps(&self) -> bool {
        self.u_is_in_grads
            && self.maps().count() <= MAX_REPEATED_MAPS
            && self.maps().all(|(_, step)| !changes_slots(step) && !reads(&step.scalars, &self.pending))
    }

    /// Moves the pending sums into the previous pass if they read nothing but parameters, which that pass does not change. Returns whether
    /// the sums were moved.
    fn move_sums_to_previous_pass(&mut self) -> bool {
        let read_params_only = self
            .sums()
            .all(|(_, step)| !step.formula.reads_updates && step.slots.is_empty() && step.scalars.is_empty());
        if !read_params_only || self.maps().any(|(_, step)| reads(&step.scalars, &self.pending)) {
            return false;
        }
        let Some(Section::Stream(before)) = self.sections.last_mut() else { return false };
        let written_again = |(_, step): (usize, &ReduceStep)| self.pending.contains(&step.into);
        if before.steps.len() > MAX_SEARCHED_STEPS || sums(self.phase, &before.steps).any(written_again) {
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
    (0..step.slots.len()).any(|slot| !step.formula.is_read_only(slot))
}

fn reads(scalars: &[Source], registers: &BTreeSet<usize>) -> bool {
    scalars.iter().filter_map(Source::register).any(|register| registers.contains(&register))
}
