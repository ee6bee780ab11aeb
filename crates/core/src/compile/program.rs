//! A checked plan as passes over memory: streams of kernels, cut where a result must be known first.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::formulas::Map;
use crate::formulas::reductions::{Reduce, ReductionFormula};
use crate::lanes::dispatch::{CompiledLoop, Number};
use crate::lanes::dtype::Dtype;
use crate::lanes::isa::Isa;
use crate::leafwise::LeafwiseFormula;
use crate::plan::broadcast::Broadcast;
use crate::plan::{Scope, Source};

/// One walk over the leaves.
pub(crate) enum Pass {
    Stream(StreamPass),
    Leafwise(LeafwisePass),
}

/// Leaves in any order.
pub(crate) struct LeafwisePass {
    pub runs: Vec<LeafwiseRun>,
    /// Ranges of runs, each for one thread.
    pub tasks: Vec<Range<usize>>,
    /// Runs that all threads share, one after the other.
    pub shared: Vec<usize>,
    pub isa: Isa,
}

/// Blocks in any order, then the sums.
pub(crate) struct StreamPass {
    pub streams: Vec<AnyStream>,
    pub spans: Vec<Span>,
    /// Ranges of spans of about the same number of bytes.
    pub tasks: Vec<Range<usize>>,
    pub sums: Vec<Sum>,
}

/// Consecutive whole blocks of a leaf, and what to do with them.
pub(crate) struct Span {
    pub stream: usize,
    pub leaf: usize,
    pub elements: Range<usize>,
}

/// The kernels that leaves of one type go through together.
pub(crate) struct Stream<T: Number> {
    pub input: usize,
    pub output: Option<usize>,
    pub ops: Vec<Op<T>>,
    pub last_map: Option<usize>,
    pub reads_params: bool,
    pub staged: Vec<StagedSlot>,
    pub granularity: Granularity,
}

/// How much of a span the kernels take at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Granularity {
    /// A tile goes through all kernels while it is in the cache.
    Tile,
    /// There is one kernel, from memory to memory; tiles stand in for nothing but slots that lack axes.
    Span,
}

/// A slot that stays as it is though kernels change it, or that lacks axes of its leaves: a tile stands in for it.
pub(crate) struct StagedSlot {
    pub buffer: usize,
    /// How it looks from each leaf; empty where it is like all of them.
    pub broadcasts: BTreeMap<usize, Broadcast>,
}

pub(crate) enum AnyStream {
    F32(Stream<f32>),
    F64(Stream<f64>),
}

pub(crate) enum Op<T: Number> {
    Map(MapOp<T>),
    Reduce(ReduceOp<T>),
}

impl<T: Number> Op<T> {
    /// Where its slots and its scalars come from.
    pub(crate) fn operands(&self) -> (&[SlotUse], &[Source]) {
        match self {
            Op::Map(map) => (&map.slots, &map.scalars),
            Op::Reduce(reduce) => (&reduce.slots, &reduce.scalars),
        }
    }

    pub(crate) fn slots_mut(&mut self) -> &mut [SlotUse] {
        match self {
            Op::Map(map) => &mut map.slots,
            Op::Reduce(reduce) => &mut reduce.slots,
        }
    }
}

pub(crate) struct MapOp<T: Number> {
    pub entry: CompiledLoop<Map, T>,
    pub slots: Vec<SlotUse>,
    pub scalars: Vec<Source>,
}

pub(crate) struct ReduceOp<T: Number> {
    pub entry: CompiledLoop<Reduce, T>,
    pub slots: Vec<SlotUse>,
    pub scalars: Vec<Source>,
    pub sum: usize,
    /// Whether it looks at the updates alone.
    pub of_updates: bool,
}

pub(crate) struct SlotUse {
    pub buffer: usize,
    pub storage: Dtype,
    /// The tile that stands in for it.
    pub staged: Option<usize>,
}

/// A reduction whose block sums a pass leaves behind.
pub(crate) struct Sum {
    pub formula: &'static ReductionFormula,
    pub scope: Scope,
    pub into: usize,
    pub leaves: Vec<usize>,
    /// For each leaf of the tree, where its block sums start.
    pub first: Vec<usize>,
    /// Where there is room for a sum per leaf.
    pub leaf_sums: usize,
}

/// A leafwise kernel on one leaf.
pub(crate) struct LeafwiseRun {
    pub formula: &'static LeafwiseFormula,
    pub leaf: usize,
    pub input: usize,
    pub slots: Vec<usize>,
    pub scalars: Vec<Source>,
    pub axes: Vec<usize>,
    pub columns: Vec<usize>,
    pub scratch: usize,
}

/// How to compile.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    pub isa: Isa,
    pub threads: usize,
    pub fuse: bool,
}
