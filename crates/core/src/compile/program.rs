//! Compiled passes: what the executor runs for a phase.

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
use crate::sums::BLOCK;

/// The most elements of a tile, which goes through all kernels of a pass while it is in the cache.
pub(crate) const TILE: usize = BLOCK;

/// One traversal of the leaves.
pub(crate) enum Pass {
    Stream(StreamPass),
    Leafwise(LeafwisePass),
}

/// A pass of leafwise kernels; its leaves may run in any order.
pub(crate) struct LeafwisePass {
    pub calls: Vec<LeafwiseCall>,
    /// Ranges of `calls`, each for one thread.
    pub tasks: Vec<Range<usize>>,
    /// The indices of calls that run one after the other, each with its loops split over all threads.
    pub shared: Vec<usize>,
    pub isa: Isa,
}

/// A streaming pass: its spans may run in any order, then its sums are finished.
pub(crate) struct StreamPass {
    pub streams: Vec<AnyStream>,
    pub spans: Vec<Span>,
    /// Ranges of `spans` that move about the same number of bytes.
    pub tasks: Vec<Range<usize>>,
    pub sums: Vec<Sum>,
}

/// Consecutive whole blocks of one leaf, and the stream that they go through.
pub(crate) struct Span {
    pub stream: usize,
    pub leaf: usize,
    pub elements: Range<usize>,
}

/// The kernels that a group of leaves goes through in one pass.
pub(crate) struct Stream<T: Number> {
    /// The buffer from which `u` is read.
    pub input: usize,
    /// The buffer to which `u` is written.
    pub output: Option<usize>,
    pub ops: Vec<Op<T>>,
    /// The index in `ops` of the last elementwise kernel.
    pub last_map: Option<usize>,
    pub reads_params: bool,
    pub staged: Vec<StagedSlot>,
    pub granularity: Granularity,
}

/// The number of elements that one call of a kernel processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Granularity {
    /// A tile: it goes through all kernels while it is in the cache.
    Tile,
    /// All whole tiles of a span: there is a single kernel, which streams from memory to memory.
    Span,
}

/// A slot that kernels access in a tile of scratch memory, because its own memory must not change or it lacks axes of its leaves.
pub(crate) struct StagedSlot {
    pub buffer: usize,
    /// The broadcast of the slot to each leaf, by the leaf's index; empty if the slot has the shapes of its leaves.
    pub broadcasts: BTreeMap<usize, Broadcast>,
}

/// A stream of either number type.
pub(crate) enum AnyStream {
    F32(Stream<f32>),
    F64(Stream<f64>),
}

/// One kernel of a stream.
pub(crate) enum Op<T: Number> {
    Map(MapOp<T>),
    Reduce(ReduceOp<T>),
}

impl<T: Number> Op<T> {
    /// Returns its slots and the sources of its scalars.
    pub(crate) fn operands(&self) -> (&[SlotOperand], &[Source]) {
        match self {
            Op::Map(map) => (&map.slots, &map.scalars),
            Op::Reduce(reduce) => (&reduce.slots, &reduce.scalars),
        }
    }

    pub(crate) fn slots_mut(&mut self) -> &mut [SlotOperand] {
        match self {
            Op::Map(map) => &mut map.slots,
            Op::Reduce(reduce) => &mut reduce.slots,
        }
    }
}

/// An elementwise kernel, or several fused into one.
pub(crate) struct MapOp<T: Number> {
    pub kernel: CompiledLoop<Map, T>,
    pub slots: Vec<SlotOperand>,
    pub scalars: Vec<Source>,
}

/// A reduction.
pub(crate) struct ReduceOp<T: Number> {
    pub kernel: CompiledLoop<Reduce, T>,
    pub slots: Vec<SlotOperand>,
    pub scalars: Vec<Source>,
    /// The index of its result in the pass's sums.
    pub sum: usize,
    /// Whether it reads the updates and no other array.
    pub reads_updates_only: bool,
}

/// A slot as an operand of a kernel.
pub(crate) struct SlotOperand {
    pub buffer: usize,
    /// The type in which its elements are stored.
    pub storage: Dtype,
    /// Its index among the stream's staged slots, if it is one.
    pub staged: Option<usize>,
}

/// A reduction over the leaves of a set: the pass computes the sum of each block, and adds up these block sums at its end.
pub(crate) struct Sum {
    pub formula: &'static ReductionFormula,
    pub scope: Scope,
    /// The register that gets the result.
    pub into: usize,
    pub leaves: Vec<usize>,
    /// For each leaf of the tree, the index of its first block sum in the memory's partial sums.
    pub block_sums: Vec<usize>,
    /// The index of the first per-leaf sum in the memory's partial sums.
    pub leaf_sums: usize,
}

/// A call of a leafwise kernel for one leaf.
pub(crate) struct LeafwiseCall {
    pub formula: &'static LeafwiseFormula,
    pub leaf: usize,
    /// The buffer from which `u` is read.
    pub input: usize,
    pub slots: Vec<usize>,
    pub scalars: Vec<Source>,
    pub axes: Vec<usize>,
    pub columns: Vec<usize>,
    /// The length of the scratch memory, in doubles.
    pub scratch: usize,
}

/// The machine to compile for.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    pub isa: Isa,
    pub threads: usize,
    /// Whether chains of kernels are fused where a fused one exists.
    pub fuse: bool,
}
