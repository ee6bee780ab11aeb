//! Resolved plans: checked, with all names looked up. The compilers for the CPU and for GPUs read them.

use std::collections::BTreeMap;

use crate::formulas::Formula;
use crate::formulas::reductions::ReductionFormula;
use crate::lanes::dtype::Dtype;
use crate::leafwise::{LeafwiseFormula, other_axes};
use crate::plan::broadcast::Broadcast;
use crate::plan::{Input, Output, SLOTS, Scope, Source};

/// A checked plan: its steps refer to kernels, with operands in the order in which the kernel declares them.
pub struct Resolved {
    /// The leaves of the parameter tree, in tree order.
    pub leaves: Vec<ResolvedLeaf>,
    /// Sets of leaves, as strictly increasing indices.
    pub sets: Vec<Vec<usize>>,
    /// The state slots, each with a buffer of its own.
    pub slots: Vec<ResolvedSlot>,
    /// The number of host scalars.
    pub scalars: usize,
    /// The number of registers.
    pub registers: usize,
    /// The phases, each of which a run executes as a whole.
    pub phases: Vec<ResolvedPhase>,
}

impl Resolved {
    /// Returns the slot of a buffer.
    pub fn slot(&self, buffer: usize) -> &ResolvedSlot {
        &self.slots[buffer - SLOTS]
    }

    /// Returns the leaves of a slot, each with the number of elements that the slot has for it.
    pub fn slot_leaves(&self, slot: &ResolvedSlot) -> impl Iterator<Item = (usize, usize)> {
        self.sets[slot.set].iter().enumerate().map(|(i, &leaf)| (leaf, self.part_size(slot, i, leaf)))
    }

    /// Returns the number of elements that the slot of a buffer has for a leaf of its set; 0 for other leaves.
    pub fn slot_elements(&self, buffer: usize, leaf: usize) -> usize {
        let slot = self.slot(buffer);
        let position = self.sets[slot.set].binary_search(&leaf);
        position.map_or(0, |i| self.part_size(slot, i, leaf))
    }

    /// Returns the number of elements that a slot has for a leaf of its set, which stands at `position` there.
    fn part_size(&self, slot: &ResolvedSlot, position: usize, leaf: usize) -> usize {
        slot.part(position).map_or(self.leaves[leaf].elements, |part| part.elements)
    }

    /// Returns the broadcast of a buffer's slot to each of these leaves, none of which is empty; an empty map if the slot lacks no axes.
    pub fn broadcasts(&self, buffer: usize, leaves: &[usize]) -> BTreeMap<usize, Broadcast> {
        let slot = self.slot(buffer);
        let broadcast = |leaf: &usize| {
            let position = self.sets[slot.set].binary_search(leaf).ok()?;
            Some((*leaf, slot.part(position)?.broadcast?))
        };
        let known: BTreeMap<usize, Broadcast> = leaves.iter().filter_map(broadcast).collect();
        if known.values().any(Broadcast::lacks_axes) { known } else { BTreeMap::new() }
    }
}

/// One array of the parameter tree.
#[derive(Debug)]
pub struct ResolvedLeaf {
    /// The type of its elements: f32 or f64.
    pub dtype: Dtype,
    /// Its sizes along each axis.
    pub shape: Vec<usize>,
    /// The number of its elements.
    pub elements: usize,
}

/// State of a kernel for every leaf of a set.
#[derive(Debug)]
pub struct ResolvedSlot {
    /// The index of its set of leaves.
    pub set: usize,
    /// The type in which its elements are stored; `None`: the type of the leaf.
    pub dtype: Option<Dtype>,
    /// Its part for each leaf of the set, if the plan gives it shapes of its own; `None`: it has the shapes of its leaves.
    pub parts: Option<Vec<SlotPart>>,
}

/// The part of a slot for one leaf.
#[derive(Debug, Clone, Copy)]
pub struct SlotPart {
    /// The number of its elements.
    pub elements: usize,
    /// The broadcast to the leaf; `None` if the shapes do not allow any, or the leaf is empty.
    pub broadcast: Option<Broadcast>,
}

impl ResolvedSlot {
    /// Returns its part for a leaf, by the leaf's position in the set; `None` if the slot has the shapes of its leaves.
    pub(crate) fn part(&self, position: usize) -> Option<SlotPart> {
        self.parts.as_ref().map(|parts| parts[position])
    }
}

/// Steps that one run executes in order.
pub struct ResolvedPhase {
    /// The initial value of `u`.
    pub input: Input,
    /// The destination of `u` after the last step.
    pub output: Output,
    /// The steps, in order.
    pub steps: Vec<ResolvedStep>,
}

/// One step of a phase.
pub enum ResolvedStep {
    /// An elementwise kernel.
    Map(MapStep),
    /// A reduction.
    Reduce(ReduceStep),
    /// A kernel of whole leaves.
    Leafwise(LeafwiseStep),
}

impl ResolvedStep {
    /// Returns the index of the set of leaves that it concerns.
    pub fn set(&self) -> usize {
        match self {
            ResolvedStep::Map(step) => step.set,
            ResolvedStep::Reduce(step) => step.set,
            ResolvedStep::Leafwise(step) => step.set,
        }
    }
}

/// An elementwise kernel with its operands.
pub struct MapStep {
    /// The kernel.
    pub formula: &'static Formula,
    /// The index of the set of leaves.
    pub set: usize,
    /// The buffers of its slots, in the kernel's order.
    pub slots: Vec<usize>,
    /// The sources of its scalars, in the kernel's order.
    pub scalars: Vec<Source>,
}

/// A reduction with its operands.
pub struct ReduceStep {
    /// The reduction.
    pub formula: &'static ReductionFormula,
    /// The index of the set of leaves.
    pub set: usize,
    /// The buffers of the slots it reads, in the reduction's order.
    pub slots: Vec<usize>,
    /// The sources of its scalars, in the reduction's order.
    pub scalars: Vec<Source>,
    /// The elements that are summed together.
    pub scope: Scope,
    /// The index of the register that gets the result.
    pub into: usize,
}

/// A leafwise kernel with its operands.
pub struct LeafwiseStep {
    /// The kernel.
    pub formula: &'static LeafwiseFormula,
    /// The index of the set of leaves.
    pub set: usize,
    /// The buffers of its slots, in the kernel's order.
    pub slots: Vec<usize>,
    /// The sources of its scalars, in the kernel's order.
    pub scalars: Vec<Source>,
    /// The axes along which it works, strictly increasing; for kernels of matrices: those of the rows.
    pub axes: Vec<usize>,
    /// For kernels of matrices: the axes of the columns; `None`: all axes that are not those of the rows.
    pub columns: Option<Vec<usize>>,
}

impl LeafwiseStep {
    /// Returns the number of elements that each of its slots has for a leaf.
    pub(crate) fn slot_sizes(&self, plan: &Resolved, leaf: usize) -> Vec<usize> {
        self.slots.iter().map(|buffer| plan.slot_elements(*buffer, leaf)).collect()
    }

    /// Returns the axes of the columns in a leaf of this shape.
    pub fn columns(&self, shape: &[usize]) -> Vec<usize> {
        self.columns.clone().unwrap_or_else(|| other_axes(shape, &self.axes))
    }
}
