//! Resolved plans: checked, with all names looked up. The compilers for the CPU and for GPUs read them.

use std::collections::BTreeMap;

use crate::formulas::Formula;
use crate::formulas::reductions::ReductionFormula;
use crate::lanes::dtype::Dtype;
use crate::leafwise::{LeafwiseFormula, other_axes};
use crate::plan::broadcast::Broadcast;
use crate::plan::{Input, Output, SLOTS, Scope, Source};

/// A checked plan: kernels are found by name, and their operands are in the order in which they declare them.
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

    /// Returns the number of elements for a leaf in each of the slots of these buffers.
    pub fn slot_sizes(&self, buffers: &[usize], leaf: usize) -> Vec<usize> {
        buffers.iter().map(|buffer| self.slot(*buffer).elements(leaf)).collect()
    }

    /// Returns how the slot of a buffer is broadcast to each of these leaves, none of which is empty; an empty map if it lacks no axes.
    pub fn broadcasts(&self, buffer: usize, leaves: &[usize]) -> BTreeMap<usize, Broadcast> {
        let slot = self.slot(buffer);
        let known = leaves.iter().filter_map(|leaf| Some((*leaf, slot.broadcast(*leaf)?)));
        let known: BTreeMap<usize, Broadcast> = known.collect();
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
    /// The type in which its elements are stored; `None`: the type of the leaf.
    pub dtype: Option<Dtype>,
    /// Whether the plan gives it shapes of its own, in place of those of its leaves.
    pub is_shaped: bool,
    /// The leaves of its set, increasing, each with its part of the slot.
    pub leaves: Vec<(usize, SlotPart)>,
}

/// The part of a slot for one leaf.
#[derive(Debug, Clone, Copy)]
pub struct SlotPart {
    /// The number of its elements.
    pub elements: usize,
    /// How it is broadcast to the leaf, if the slot has shapes of its own and this one can be.
    pub broadcast: Option<Broadcast>,
}

impl ResolvedSlot {
    /// Returns the number of its elements for a leaf; 0 for a leaf outside the set.
    pub fn elements(&self, leaf: usize) -> usize {
        self.part(leaf).map_or(0, |part| part.elements)
    }

    fn broadcast(&self, leaf: usize) -> Option<Broadcast> {
        self.part(leaf)?.broadcast
    }

    fn part(&self, leaf: usize) -> Option<&SlotPart> {
        let position = self.leaves.binary_search_by_key(&leaf, |(leaf, _)| *leaf);
        position.ok().map(|position| &self.leaves[position].1)
    }
}

/// Steps that one run executes in order.
pub struct ResolvedPhase {
    /// The initial value of `u`.
    pub input: Input,
    /// What happens to `u` after the last step.
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
#[derive(Clone)]
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

impl MapStep {
    /// Returns a step of a kernel without slots and scalars.
    pub fn plain(formula: &'static Formula, set: usize) -> MapStep {
        MapStep { formula, set, slots: Vec::new(), scalars: Vec::new() }
    }
}

impl LeafwiseStep {
    /// Returns the axes of the columns in a leaf of this shape.
    pub fn columns(&self, shape: &[usize]) -> Vec<usize> {
        self.columns.clone().unwrap_or_else(|| other_axes(shape, &self.axes))
    }
}
