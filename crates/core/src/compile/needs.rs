//! The memory that passes need.

use crate::compile::program::{AnyStream, Pass, Stream};
use crate::lanes::dispatch::Number;
use crate::plan::{GRADS, UPDATES};

/// The memory that the passes of a plan need beside the slots.
#[derive(Default)]
pub(crate) struct Needs {
    pub grads: bool,
    pub params: bool,
    pub updates: bool,
    /// The number of partial sums: of blocks, and of leaves.
    pub partials: usize,
}

/// The size of each thread's scratch memory: enough for every pass.
#[derive(Default, Clone, Copy)]
pub(crate) struct ScratchSize {
    pub ops: usize,
    pub staged: usize,
    pub scalars: usize,
    /// Doubles for a leafwise kernel.
    pub leafwise: usize,
}

/// Returns the memory and the scratch that the passes of all phases need.
pub(crate) fn of(phases: &[Vec<Pass>]) -> (Needs, ScratchSize) {
    let mut needs = Needs::default();
    let mut scratch = ScratchSize::default();
    for pass in phases.iter().flatten() {
        match pass {
            Pass::Leafwise(pass) => {
                for call in &pass.calls {
                    needs.grads |= call.input == GRADS;
                    needs.updates |= call.input == UPDATES || !call.formula.reads_only;
                    needs.params |= call.formula.reads_params;
                    scratch.leafwise = scratch.leafwise.max(call.scratch);
                }
            }
            Pass::Stream(pass) => {
                for stream in &pass.streams {
                    match stream {
                        AnyStream::F32(stream) => add(stream, &mut needs, &mut scratch),
                        AnyStream::F64(stream) => add(stream, &mut needs, &mut scratch),
                    }
                }
                let end = pass.sums.iter().map(|sum| sum.leaf_sums + sum.leaves.len()).max();
                needs.partials = needs.partials.max(end.unwrap_or(0));
            }
        }
    }
    (needs, scratch)
}

fn add<T: Number>(stream: &Stream<T>, needs: &mut Needs, scratch: &mut ScratchSize) {
    for buffer in [Some(stream.input), stream.output].into_iter().flatten() {
        needs.grads |= buffer == GRADS;
        needs.updates |= buffer == UPDATES;
    }
    needs.params |= stream.reads_params;
    scratch.ops = scratch.ops.max(stream.ops.len());
    scratch.staged = scratch.staged.max(stream.staged.len());
    let scalars = stream.ops.iter().map(|op| op.operands().1.len());
    scratch.scalars = scratch.scalars.max(scalars.sum());
}
