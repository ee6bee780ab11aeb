//! What memory the passes need.

use crate::compiled::Number;
use crate::memory::Needs;
use crate::program::{AnyStream, Pass, Stream};
use crate::session::{GRADS, UPDATES};
use crate::workers::ScratchSize;

pub(crate) fn of(phases: &[Vec<Pass>]) -> (Needs, ScratchSize) {
    let mut needs = Needs::default();
    let mut scratch = ScratchSize::default();
    for pass in phases.iter().flatten() {
        match pass {
            Pass::Leafwise(pass) => {
                for run in &pass.runs {
                    needs.grads |= run.input == GRADS;
                    needs.updates |= run.input == UPDATES || !run.formula.keeps_u;
                    needs.params |= run.formula.reads_params;
                    scratch.leafwise = scratch.leafwise.max(run.scratch);
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
    scratch.stand_ins = scratch.stand_ins.max(stream.stand_ins.len());
    let scalars = stream.ops.iter().map(|op| op.operands().1.len());
    scratch.scalars = scratch.scalars.max(scalars.sum());
}
