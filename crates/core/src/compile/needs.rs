//! The memory that passes need.

use crate::compile::program::{AnyStream, Op, Pass, Span, Stream, TILE};
use crate::lanes::dispatch::Number;
use crate::lanes::vector::LANES;
use crate::plan::{GRADS, UPDATES};
use crate::sums::WIDTH;
use crate::threads::Demand;

/// The memory that the passes of a plan need beside the slots.
#[derive(Default)]
pub(crate) struct Needs {
    pub grads: bool,
    pub params: bool,
    pub updates: bool,
    /// The number of partial sums: of blocks, and of leaves.
    pub partials: usize,
    pub scratch: ScratchSize,
    pub threads: Demand,
}

/// The size of each thread's scratch memory: enough for every pass.
#[derive(Default, Clone, Copy)]
pub(crate) struct ScratchSize {
    pub f32: TilesSize,
    pub f64: TilesSize,
    /// Doubles for a leafwise kernel.
    pub leafwise: usize,
}

/// The size of the scratch memory for streams of one number type.
#[derive(Default, Clone, Copy)]
pub(crate) struct TilesSize {
    pub ops: usize,
    pub staged: usize,
    pub scalars: usize,
    /// The elements of a tile: a multiple of `LANES`.
    pub tile: usize,
}

impl TilesSize {
    fn add<T: Number>(&mut self, stream: &Stream<T>) {
        self.ops = self.ops.max(stream.ops.len());
        self.staged = self.staged.max(stream.staged.len());
        let scalars = stream.ops.iter().map(|op| op.operands().1.len());
        self.scalars = self.scalars.max(scalars.sum());
        if stream.ops.iter().any(|op| matches!(op, Op::Reduce(_))) {
            self.tile = self.tile.max(WIDTH);
        }
    }

    /// Makes room for a span: a whole tile, or all elements of a shorter span.
    fn fit(&mut self, span: &Span) {
        self.tile = self.tile.max(span.elements.len().min(TILE).next_multiple_of(LANES));
    }
}

/// Returns what the passes of all phases need.
pub(crate) fn of(phases: &[Vec<Pass>]) -> Needs {
    let mut needs = Needs::default();
    for pass in phases.iter().flatten() {
        match pass {
            Pass::Leafwise(pass) => {
                for call in &pass.calls {
                    needs.grads |= call.input == GRADS;
                    needs.updates |= call.input == UPDATES || !call.formula.reads_only;
                    needs.params |= call.formula.reads_params;
                    needs.scratch.leafwise = needs.scratch.leafwise.max(call.scratch);
                }
                needs.threads.tasks = needs.threads.tasks.max(pass.tasks.len());
                needs.threads.team |= !pass.shared.is_empty();
            }
            Pass::Stream(pass) => {
                for stream in &pass.streams {
                    match stream {
                        AnyStream::F32(stream) => {
                            needs.buffers(stream);
                            needs.scratch.f32.add(stream);
                        }
                        AnyStream::F64(stream) => {
                            needs.buffers(stream);
                            needs.scratch.f64.add(stream);
                        }
                    }
                }
                for span in &pass.spans {
                    match pass.streams[span.stream] {
                        AnyStream::F32(_) => needs.scratch.f32.fit(span),
                        AnyStream::F64(_) => needs.scratch.f64.fit(span),
                    }
                }
                let end = pass.sums.iter().map(|sum| sum.leaf_sums + sum.leaves.len()).max();
                needs.partials = needs.partials.max(end.unwrap_or(0));
                needs.threads.tasks = needs.threads.tasks.max(pass.tasks.len());
            }
        }
    }
    needs
}

impl Needs {
    /// Notes the buffers that a stream uses.
    fn buffers<T: Number>(&mut self, stream: &Stream<T>) {
        for buffer in [Some(stream.input), stream.output].into_iter().flatten() {
            self.grads |= buffer == GRADS;
            self.updates |= buffer == UPDATES;
        }
        self.params |= stream.reads_params;
    }
}
