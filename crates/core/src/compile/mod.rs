//! The compiler of phases: from steps to passes.

pub mod groups;
pub(crate) mod needs;
pub(crate) mod program;
mod schedule;
pub mod sections;

use std::collections::BTreeSet;

use crate::compile::groups::{LeafGroup, groups};
use crate::compile::program::*;
use crate::compile::sections::{GroupSteps, Item, Section, StreamSection, cut};
use crate::formulas::{Formula, fused};
use crate::lanes::dispatch::Number;
use crate::lanes::dtype::Dtype;
use crate::plan::resolved::{LeafwiseStep, ReduceStep, Resolved, ResolvedPhase};
use crate::plan::{Output, Source, UPDATES};
use crate::sums::BLOCK;

/// Compiles a phase to passes, in the order in which they run.
pub(crate) fn compile(plan: &Resolved, phase: &ResolvedPhase, target: Target) -> Vec<Pass> {
    let mut groups = groups(plan, phase);
    let pass = |section| match section {
        Section::Leafwise(step, index) => leafwise_pass(plan, step, index, target, &mut groups),
        Section::Stream(section) => StreamBuilder { plan, phase, target, section }.build(&mut groups),
    };
    cut(phase).into_iter().map(pass).collect()
}

fn leafwise_pass(
    plan: &Resolved,
    step: &LeafwiseStep,
    index: usize,
    target: Target,
    groups: &mut [LeafGroup],
) -> Pass {
    let mut calls = Vec::new();
    for group in groups.iter_mut().filter(|group| group.takes(index)) {
        for &leaf in &group.leaves {
            let shape = &plan.leaves[leaf].shape;
            let scratch = (step.formula.scratch)(shape, &step.axes, &step.slot_sizes(plan, leaf));
            calls.push(LeafwiseCall {
                formula: step.formula,
                leaf,
                input: group.location,
                slots: step.slots.clone(),
                scalars: step.scalars.clone(),
                axes: step.axes.clone(),
                columns: step.columns(shape),
                scratch,
            });
        }
        if !step.formula.reads_only {
            group.location = UPDATES;
        }
    }
    let (tasks, shared) = schedule::tasks_and_shared_calls(&calls, &plan.leaves, target.threads);
    Pass::Leafwise(LeafwisePass { calls, tasks, shared, isa: target.isa })
}

/// An elementwise kernel that may be fused with its neighbours.
struct Link<'a> {
    formula: &'static Formula,
    slots: &'a [usize],
    scalars: &'a [Source],
}

/// Returns whether no two kernels of a chain use the same slot: a fused chain loads all its slots before it stores any.
fn share_no_slot(chain: &[Link<'_>]) -> bool {
    let mut seen = BTreeSet::new();
    chain.iter().flat_map(|link| link.slots).all(|slot| seen.insert(slot))
}

/// Compiles one streaming section.
struct StreamBuilder<'a> {
    plan: &'a Resolved,
    phase: &'a ResolvedPhase,
    target: Target,
    section: StreamSection,
}

impl StreamBuilder<'_> {
    fn build(&self, groups: &mut [LeafGroup]) -> Pass {
        let mut streams = Vec::new();
        let mut leaves = Vec::new();
        for group in groups {
            let steps = self.section.steps_of(self.phase, group);
            let output = steps.output;
            if !steps.items.is_empty() {
                streams.push(match group.dtype {
                    Dtype::F64 => AnyStream::F64(self.stream(group, steps)),
                    _ => AnyStream::F32(self.stream(group, steps)),
                });
                leaves.push(group.leaves.clone());
            }
            group.location = output.unwrap_or(group.location);
        }
        let (spans, tasks) =
            schedule::spans_and_tasks(&streams, &leaves, &self.plan.leaves, self.target.threads);
        Pass::Stream(StreamPass { streams, spans, tasks, sums: self.sums() })
    }

    /// Lays out the partial sums of the section one reduction after the other: its block sums, then its leaf sums.
    fn sums(&self) -> Vec<Sum> {
        let mut next = 0;
        let sum = |step: &ReduceStep| {
            let leaves = self.plan.sets[step.set].clone();
            let mut block_sums = vec![usize::MAX; self.plan.leaves.len()];
            for &leaf in &leaves {
                block_sums[leaf] = next;
                next += self.plan.leaves[leaf].elements.div_ceil(BLOCK);
            }
            let leaf_sums = next;
            next += leaves.len();
            Sum { formula: step.formula, scope: step.scope, into: step.into, leaves, block_sums, leaf_sums }
        };
        self.section.sums(self.phase).map(sum).collect()
    }

    fn stream<T: Number>(&self, group: &LeafGroup, steps: GroupSteps<'_>) -> Stream<T> {
        let GroupSteps { items, output } = steps;
        let reads_params = items.iter().any(Item::reads_params);
        let mut ops = Vec::new();
        let mut chain = Vec::new();
        for item in items {
            match item {
                Item::Map { formula, slots, scalars } => chain.push(Link { formula, slots, scalars }),
                Item::Reduce { formula, slots, scalars, sum } => {
                    self.fuse(&mut chain, &mut ops);
                    let kernel = formula.compiled.entry(self.target.isa);
                    let reads_updates_only =
                        formula.reads_updates && !formula.reads_params && slots.is_empty();
                    let slots = slots.iter().map(|slot| self.slot_operand::<T>(*slot)).collect();
                    let scalars = scalars.to_vec();
                    ops.push(Op::Reduce(ReduceOp { kernel, slots, scalars, sum, reads_updates_only }));
                }
            }
        }
        self.fuse(&mut chain, &mut ops);
        let staged = self.stage(&mut ops, &group.leaves);
        let last_map = ops.iter().rposition(|op| matches!(op, Op::Map(_)));
        let unconverted = ops.iter().flat_map(|op| op.operands().0).all(|slot| slot.storage == T::DTYPE);
        let only_broadcasts = staged.iter().all(|slot| !slot.broadcasts.is_empty());
        let granularity = match &ops[..] {
            [Op::Map(_)] if output.is_some() && unconverted && only_broadcasts => Granularity::Span,
            _ => Granularity::Tile,
        };
        Stream { input: group.location, output, ops, last_map, reads_params, staged, granularity }
    }

    fn slot_operand<T: Number>(&self, buffer: usize) -> SlotOperand {
        let storage = self.plan.slot(buffer).dtype.unwrap_or(T::DTYPE);
        SlotOperand { buffer, storage, staged: None }
    }

    /// Chooses the slots that elementwise kernels access in scratch memory: all slots in a dry run, because that must not change them, and
    /// otherwise the slots that lack axes of their leaves.
    fn stage<T: Number>(&self, ops: &mut [Op<T>], leaves: &[usize]) -> Vec<StagedSlot> {
        let maps = ops.iter().filter(|op| matches!(op, Op::Map(_)));
        let buffers: BTreeSet<usize> = maps.flat_map(|op| op.operands().0).map(|slot| slot.buffer).collect();
        let stage = |buffer: usize| {
            let broadcasts = self.plan.broadcasts(buffer, leaves);
            let needed = !broadcasts.is_empty() || self.phase.output == Output::Registers;
            needed.then_some(StagedSlot { buffer, broadcasts })
        };
        let staged: Vec<StagedSlot> = buffers.into_iter().filter_map(stage).collect();
        for slot in ops.iter_mut().flat_map(Op::slots_mut) {
            slot.staged = staged.binary_search_by_key(&slot.buffer, |staged| staged.buffer).ok();
        }
        staged
    }

    /// Moves the kernels of `chain` to `ops`, front first: the longest fused chain that starts there, or else the kernel alone.
    fn fuse<T: Number>(&self, chain: &mut Vec<Link<'_>>, ops: &mut Vec<Op<T>>) {
        let names: Vec<&str> = chain.iter().map(|link| link.formula.name).collect();
        let mut at = 0;
        while at < chain.len() {
            let rest = &chain[at..];
            let fused = fused::longest_start(&names[at..])
                .filter(|fused| self.target.fuse && share_no_slot(&rest[..fused.names.len()]));
            let (kernel, count) = match fused {
                Some(fused) => (fused.compiled.entry(self.target.isa), fused.names.len()),
                None => (rest[0].formula.compiled.entry(self.target.isa), 1),
            };
            let now = &rest[..count];
            let slots = now.iter().flat_map(|link| link.slots).map(|slot| self.slot_operand::<T>(*slot));
            let scalars = now.iter().flat_map(|link| link.scalars).copied();
            ops.push(Op::Map(MapOp { kernel, slots: slots.collect(), scalars: scalars.collect() }));
            at += count;
        }
        chain.clear();
    }
}
