//! A plan that has been checked, with its names looked up: what compilers for the CPU and for GPUs take.

use std::collections::BTreeMap;

use crate::formulas::Formula;
use crate::formulas::reductions::ReductionFormula;
use crate::lanes::dtype::Dtype;
use crate::leafwise::{LeafwiseFormula, other_axes};
use crate::plan::broadcast::Broadcast;
use crate::plan::{Input, Output, SLOTS, Scope, Source};

/// A checked plan: every kernel found, every operand in its kernel's order.
pub struct Resolved {
    /// The leaves of the parameter tree, in tree order.
    pub leaves: Vec<ResolvedLeaf>,
    /// Sets of leaves, each strictly increasing.
    pub sets: Vec<Vec<usize>>,
    /// The state: one buffer per slot.
    pub slots: Vec<ResolvedSlot>,
    /// The number of host scalars.
    pub scalars: usize,
    /// The number of registers.
    pub registers: usize,
    /// The phases that a session can run.
    pub phases: Vec<ResolvedPhase>,
}

impl Resolved {
    /// Returns the slot in a buffer.
    pub fn slot(&self, buffer: usize) -> &ResolvedSlot {
        &self.slots[buffer - SLOTS]
    }

    /// Returns how many elements each of some slots, by their buffers, keeps for a leaf.
    pub fn kept(&self, buffers: &[usize], leaf: usize) -> Vec<usize> {
        buffers.iter().map(|buffer| self.slot(*buffer).elements(leaf)).collect()
    }

    /// Returns how a slot is broadcast to each of some leaves with elements; empty where it is like all of them.
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
    /// f32 or f64.
    pub dtype: Dtype,
    /// Its dimensions.
    pub shape: Vec<usize>,
    /// The number of its elements.
    pub elements: usize,
}

/// State for the leaves of a set.
#[derive(Debug)]
pub struct ResolvedSlot {
    /// How it is stored; `None`: in the leaf's own type.
    pub dtype: Option<Dtype>,
    /// Whether it has shapes of its own, and not those of its leaves.
    pub is_shaped: bool,
    /// The leaves of its set, and what is kept for each.
    pub leaves: Vec<(usize, Kept)>,
}

/// The part of a slot that is kept for one leaf.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    /// The number of its elements.
    pub elements: usize,
    /// How elementwise kernels read it, if it has a shape of its own that fits the leaf.
    pub broadcast: Option<Broadcast>,
}

impl ResolvedSlot {
    /// Returns the number of elements that are kept for a leaf; 0 for one that is not in the set.
    pub fn elements(&self, leaf: usize) -> usize {
        self.kept(leaf).map_or(0, |kept| kept.elements)
    }

    fn broadcast(&self, leaf: usize) -> Option<Broadcast> {
        self.kept(leaf)?.broadcast
    }

    fn kept(&self, leaf: usize) -> Option<&Kept> {
        let position = self.leaves.binary_search_by_key(&leaf, |(leaf, _)| *leaf);
        position.ok().map(|position| &self.leaves[position].1)
    }
}

/// Steps that run together.
pub struct ResolvedPhase {
    /// What `u` is when the phase starts.
    pub input: Input,
    /// What becomes of `u`.
    pub output: Output,
    /// What happens to it in between.
    pub steps: Vec<ResolvedStep>,
}

/// One step of a phase.
pub enum ResolvedStep {
    /// An elementwise kernel.
    Map(MapStep),
    /// A reduction.
    Reduce(ReduceStep),
    /// A kernel that sees whole leaves.
    Leafwise(LeafwiseStep),
}

impl ResolvedStep {
    /// Returns the index of the set of leaves it is for.
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
    /// Index of the set of leaves.
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
    /// Index of the set of leaves.
    pub set: usize,
    /// The buffers of the slots it reads, in the reduction's order.
    pub slots: Vec<usize>,
    /// The sources of its scalars, in the reduction's order.
    pub scalars: Vec<Source>,
    /// Over what it sums.
    pub scope: Scope,
    /// The register that gets the result.
    pub into: usize,
}

/// A leafwise kernel with its operands.
pub struct LeafwiseStep {
    /// The kernel.
    pub formula: &'static LeafwiseFormula,
    /// Index of the set of leaves.
    pub set: usize,
    /// The buffers of its slots, in the kernel's order.
    pub slots: Vec<usize>,
    /// The sources of its scalars, in the kernel's order.
    pub scalars: Vec<Source>,
    /// The axes it works along, strictly increasing.
    pub axes: Vec<usize>,
    /// For kernels of matrices: the axes of the columns; `None`: all others.
    pub columns: Option<Vec<usize>>,
}

impl MapStep {
    /// Makes a step of a kernel without slots and scalars, for the leaves of a set.
    pub fn plain(formula: &'static Formula, set: usize) -> MapStep {
        MapStep { formula, set, slots: Vec::new(), scalars: Vec::new() }
    }
}

impl LeafwiseStep {
    /// Returns the axes of the columns of a leaf.
    pub fn columns(&self, shape: &[usize]) -> Vec<usize> {
        self.columns.clone().unwrap_or_else(|| other_axes(shape, &self.axes))
    }
}
