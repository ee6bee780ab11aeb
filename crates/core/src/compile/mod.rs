//! From the steps of a phase to passes.

pub mod groups;
pub(crate) mod needs;
pub(crate) mod program;
mod schedule;
pub mod sections;

use std::collections::{BTreeMap, BTreeSet};

use crate::compile::groups::{Class, classes};
use crate::compile::program::*;
use crate::compile::sections::{Item, Part, Run, Section, cut};
use crate::formulas::{self, Formula, fused, reductions};
use crate::lanes::dispatch::Number;
use crate::lanes::dtype::Dtype;
use crate::leafwise;
use crate::plan::{self, Leafwise, Output, Phase, Plan, Source, Step};
use crate::plan::{SLOTS, UPDATES};
use crate::sums::BLOCK;

/// Compiles a phase of a plan that has been checked.
pub(crate) fn compile(plan: &Plan, phase: &Phase, tree: &Tree, target: Target) -> Vec<Pass> {
    let mut classes = classes(plan, phase);
    let mut passes = Vec::new();
    for section in cut(phase) {
        match section {
            Section::Leafwise(step) => {
                passes.push(leafwise_pass(plan, phase, tree, target, step, &mut classes))
            }
            Section::Stream(run) => {
                passes.push(StreamBuilder { plan, phase, tree, target, run }.build(&mut classes));
            }
        }
    }
    passes
}

fn ordered(names: &[&str], given: &BTreeMap<String, Source>) -> Vec<Source> {
    names.iter().map(|name| given[*name]).collect()
}

fn leafwise_pass(
    plan: &Plan,
    phase: &Phase,
    tree: &Tree,
    target: Target,
    step: usize,
    classes: &mut [Class],
) -> Pass {
    let mut runs = Vec::new();
    let Step::Leafwise(Leafwise { leafwise: name, slots, scalars, axes, columns, .. }) = &phase.steps[step]
    else {
        unreachable!("the section says that it is a leafwise step")
    };
    let formula = leafwise::find(name).expect("the plan has been checked");
    for class in classes.iter_mut().filter(|class| class.takes(step)) {
        for &leaf in &class.leaves {
            let shape = &plan.leaves[leaf].shape;
            let columns = columns.clone().unwrap_or_else(|| leafwise::other_axes(shape, axes));
            let kept: Vec<usize> = formula.slots.iter().map(|name| plan.kept(slots[*name], leaf)).collect();
            let scratch = (formula.scratch)(shape, axes, &kept);
            let axes = axes.clone();
            let slots = formula.slots.iter().map(|name| SLOTS + slots[*name]).collect();
            let scalars = ordered(formula.scalars, scalars);
            let input = class.location;
            runs.push(LeafwiseRun { formula, leaf, input, slots, scalars, axes, columns, scratch });
        }
        if !formula.keeps_u {
            class.location = UPDATES;
        }
    }
    let (tasks, shared) = schedule::leaves(&runs, tree, target.threads);
    Pass::Leafwise(LeafwisePass { runs, tasks, shared, isa: target.isa })
}

/// An elementwise kernel with its operands in order.
struct Bound {
    formula: &'static Formula,
    slots: Vec<usize>,
    scalars: Vec<Source>,
}

impl Bound {
    fn of(step: &plan::Map) -> Bound {
        let formula = formulas::find(&step.map).expect("the plan has been checked");
        let slots = formula.slots.iter().map(|name| step.slots[*name]).collect();
        Bound { formula, slots, scalars: ordered(formula.scalars, &step.scalars) }
    }

    fn plain(name: &str) -> Bound {
        let formula = formulas::find(name).expect("a kernel of the registry");
        Bound { formula, slots: Vec::new(), scalars: Vec::new() }
    }
}

/// A fused chain loads every slot before it stores any.
fn share_no_slot(chain: &[Bound]) -> bool {
    let mut seen = BTreeSet::new();
    chain.iter().flat_map(|bound| &bound.slots).all(|slot| seen.insert(slot))
}

struct StreamBuilder<'a> {
    plan: &'a Plan,
    phase: &'a Phase,
    tree: &'a Tree,
    target: Target,
    run: Run,
}

impl StreamBuilder<'_> {
    fn build(&self, classes: &mut [Class]) -> Pass {
        let mut streams = Vec::new();
        let mut leaves = Vec::new();
        for class in classes {
            let part = self.run.part(self.phase, class);
            let output = part.output;
            if !part.items.is_empty() || part.last.is_some() {
                streams.push(match class.dtype {
                    Dtype::F64 => AnyStream::F64(self.stream(class, part)),
                    _ => AnyStream::F32(self.stream(class, part)),
                });
                leaves.push(class.leaves.clone());
            }
            class.location = output.unwrap_or(class.location);
        }
        let (spans, tasks) = schedule::blocks(&streams, &leaves, self.tree, self.target.threads);
        Pass::Stream(StreamPass { streams, spans, tasks, sums: self.sums() })
    }

    fn sums(&self) -> Vec<Sum> {
        let mut next = 0;
        let sum = |step: &plan::Reduce| {
            let leaves = self.plan.sets[step.set].clone();
            let mut first = vec![usize::MAX; self.plan.leaves.len()];
            for &leaf in &leaves {
                first[leaf] = next;
                next += self.tree.elements[leaf].div_ceil(BLOCK);
            }
            let formula = reductions::find(&step.reduce).expect("the plan has been checked");
            let leaf_sums = next;
            next += leaves.len();
            Sum { formula, scope: step.scope, into: step.into, leaves, first, leaf_sums }
        };
        self.run.sums(self.phase).map(sum).collect()
    }

    fn stream<T: Number>(&self, class: &Class, part: Part<'_>) -> Stream<T> {
        let Part { items, last, output } = part;
        let mut ops = Vec::new();
        let mut chain = Vec::new();
        let mut reads_params = false;
        for item in items {
            match item {
                Item::Map(step) => {
                    let bound = Bound::of(step);
                    reads_params |= bound.formula.reads_params;
                    chain.push(bound);
                }
                Item::Reduce(step, sum) => {
                    self.fuse(&mut chain, &mut ops);
                    let formula = reductions::find(&step.reduce).expect("the plan has been checked");
                    reads_params |= formula.reads_params;
                    let entry = formula.compiled.entry(self.target.isa);
                    let slots = formula.slots.iter().map(|name| self.slot_use::<T>(step.slots[*name]));
                    let scalars = ordered(formula.scalars, &step.scalars);
                    let of_updates =
                        formula.reads_updates && !formula.reads_params && formula.slots.is_empty();
                    let slots = slots.collect();
                    ops.push(Op::Reduce(ReduceOp { entry, slots, scalars, sum, of_updates }));
                }
            }
        }
        if let Some(last) = last.map(Bound::plain) {
            reads_params |= last.formula.reads_params;
            chain.push(last);
        }
        self.fuse(&mut chain, &mut ops);
        let stand_ins = self.stand_in(&mut ops, &class.leaves);
        let last_map = ops.iter().rposition(|op| matches!(op, Op::Map(_)));
        let as_stored = ops.iter().flat_map(|op| op.operands().0).all(|slot| slot.storage == T::DTYPE);
        let broadcast = stand_ins.iter().all(|stand_in| !stand_in.broadcasts.is_empty());
        let stride = match &ops[..] {
            [Op::Map(_)] if output.is_some() && as_stored && broadcast => Stride::Span,
            _ => Stride::Tile,
        };
        Stream { input: class.location, output, ops, last_map, reads_params, stand_ins, stride }
    }

    fn slot_use<T: Number>(&self, slot: usize) -> SlotUse {
        SlotUse {
            buffer: SLOTS + slot,
            storage: self.plan.slots[slot].dtype.unwrap_or(T::DTYPE),
            stand_in: None,
        }
    }

    /// Gives tiles in their places to slots that kernels would change and must not, and to those that lack axes of the leaves.
    fn stand_in<T: Number>(&self, ops: &mut [Op<T>], leaves: &[usize]) -> Vec<StandIn> {
        let maps = ops.iter().filter(|op| matches!(op, Op::Map(_)));
        let buffers: BTreeSet<usize> = maps.flat_map(|op| op.operands().0).map(|slot| slot.buffer).collect();
        let stand_in = |buffer: usize| {
            let broadcasts = self.plan.broadcasts(buffer - SLOTS, leaves);
            let needed = !broadcasts.is_empty() || self.phase.output == Output::Registers;
            needed.then_some(StandIn { buffer, broadcasts })
        };
        let stand_ins: Vec<StandIn> = buffers.into_iter().filter_map(stand_in).collect();
        for slot in ops.iter_mut().flat_map(Op::slots_mut) {
            slot.stand_in = stand_ins.binary_search_by_key(&slot.buffer, |stand_in| stand_in.buffer).ok();
        }
        stand_ins
    }

    /// Turns a run of kernels into the longest fused chains there are.
    fn fuse<T: Number>(&self, chain: &mut Vec<Bound>, ops: &mut Vec<Op<T>>) {
        let names: Vec<&str> = chain.iter().map(|bound| bound.formula.name).collect();
        let mut at = 0;
        while at < chain.len() {
            let rest = &chain[at..];
            let fused = fused::longest_start(&names[at..])
                .filter(|fused| self.target.fuse && share_no_slot(&rest[..fused.names.len()]));
            let (entry, count) = match fused {
                Some(fused) => (fused.compiled.entry(self.target.isa), fused.names.len()),
                None => (rest[0].formula.compiled.entry(self.target.isa), 1),
            };
            let now = &rest[..count];
            let slots = now.iter().flat_map(|bound| &bound.slots).map(|slot| self.slot_use::<T>(*slot));
            let scalars = now.iter().flat_map(|bound| &bound.scalars).copied();
            ops.push(Op::Map(MapOp { entry, slots: slots.collect(), scalars: scalars.collect() }));
            at += count;
        }
        chain.clear();
    }
}
