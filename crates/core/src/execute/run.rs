//! Runs a pass, then finishes its sums.

use crate::compile::program::{AnyStream, LeafwisePass, LeafwiseRun, Pass, StreamPass, Sum};
use crate::execute::memory::Memory;
use crate::execute::scratch::Workspace;
use crate::execute::tile;
use crate::formulas::MAX_SLOTS;
use crate::lanes::dispatch::Number;
use crate::lanes::dtype::Dtype;
use crate::leafwise::{Context, Leaf};
use crate::plan::Scope;
use crate::plan::resolved::ResolvedLeaf;
use crate::plan::{PARAMS, UPDATES};
use crate::sums::{BLOCK, fold};
use crate::threads::{Shared, Team, Workers};

/// Runs one pass.
pub(crate) fn run(pass: &Pass, leaves: &[ResolvedLeaf], memory: &Memory, workers: &mut Workers<Workspace>) {
    match pass {
        Pass::Stream(pass) => stream(pass, leaves, memory, workers),
        Pass::Leafwise(pass) => leafwise(pass, leaves, memory, workers),
    }
}

fn stream(pass: &StreamPass, leaves: &[ResolvedLeaf], memory: &Memory, workers: &mut Workers<Workspace>) {
    workers.each(pass.tasks.len(), |task, workspace| {
        for span in &pass.spans[pass.tasks[task].clone()] {
            // SAFETY: `needs` gave memory to every buffer of the pass, and no two spans share elements.
            unsafe {
                match &pass.streams[span.stream] {
                    AnyStream::F32(stream) => tile::run(stream, span, &pass.sums, memory, &mut workspace.f32),
                    AnyStream::F64(stream) => tile::run(stream, span, &pass.sums, memory, &mut workspace.f64),
                }
            }
        }
    });
    for sum in &pass.sums {
        finish(sum, leaves, memory);
    }
}

/// From the block sums to the registers; sums are in single precision unless a leaf is not.
fn finish(sum: &Sum, leaves: &[ResolvedLeaf], memory: &Memory) {
    let leaf_sum = |leaf: usize| {
        // SAFETY: the workers are done.
        let blocks = unsafe { memory.partials(sum.first[leaf], leaves[leaf].elements.div_ceil(BLOCK)) };
        if leaves[leaf].dtype == Dtype::F32 { fold::<f32>(blocks) } else { fold::<f64>(blocks) }
    };
    match sum.scope {
        Scope::Leaf => {
            for &leaf in &sum.leaves {
                let n = leaves[leaf].elements as f64;
                let value = sum.formula.finish(leaves[leaf].dtype == Dtype::F32, leaf_sum(leaf), n);
                memory.set_register(sum.into, leaf, value);
            }
        }
        Scope::Tree => {
            // SAFETY: the workers are done; the room for leaf sums lies behind the block sums.
            let sums = unsafe { memory.partials(sum.leaf_sums, sum.leaves.len()) };
            let mut n = 0.0;
            for (slot, &leaf) in sums.iter_mut().zip(&sum.leaves) {
                *slot = leaf_sum(leaf);
                n += leaves[leaf].elements as f64;
            }
            let single = sum.leaves.iter().all(|leaf| leaves[*leaf].dtype == Dtype::F32);
            let total = if single { fold::<f32>(sums) } else { fold::<f64>(sums) };
            let value = sum.formula.finish(single, total, n);
            for leaf in 0..leaves.len() {
                memory.set_register(sum.into, leaf, value);
            }
        }
    }
}

fn leafwise(pass: &LeafwisePass, leaves: &[ResolvedLeaf], memory: &Memory, workers: &mut Workers<Workspace>) {
    let one = |run: &LeafwiseRun, team: Team<'_>, workspace: &mut Workspace| {
        let context = Context { team, isa: pass.isa };
        // SAFETY: `needs` gave memory to every buffer of the pass, and every leaf is run once.
        unsafe {
            let scratch = workspace.leafwise(run.scratch);
            match leaves[run.leaf].dtype {
                Dtype::F64 => whole::<f64>(run, run.formula.f64, leaves, memory, context, scratch),
                _ => whole::<f32>(run, run.formula.f32, leaves, memory, context, scratch),
            }
        }
    };
    workers.each(pass.tasks.len(), |task, workspace| {
        for run in &pass.runs[pass.tasks[task].clone()] {
            one(run, Team::ALONE, workspace);
        }
    });
    for &run in &pass.shared {
        workers.with_team(|team, workspace| one(&pass.runs[run], team, workspace));
    }
}

/// The most scalars a leafwise kernel can have.
const MAX_SCALARS: usize = 16;

/// # Safety
/// The table of `memory` points to the leaf, and nobody else touches it.
unsafe fn whole<T: Number>(
    run: &LeafwiseRun,
    kernel: fn(Leaf<'_, T>),
    leaves: &[ResolvedLeaf],
    memory: &Memory,
    context: Context<'_>,
    scratch: &mut [f64],
) {
    let mut scalars = [T::default(); MAX_SCALARS];
    let sources = run.scalars.iter().map(|source| T::of(memory.scalar(*source, run.leaf)));
    let count = scalars.iter_mut().zip(sources).map(|(scalar, value)| *scalar = value).count();
    let n = leaves[run.leaf].elements;
    // SAFETY: the leaf has n elements in each of its buffers.
    let (input, u, p) = unsafe {
        let reads_only = run.formula.reads_only;
        let u: &mut [T] = if reads_only {
            &mut []
        } else {
            std::slice::from_raw_parts_mut(memory.leaf(UPDATES, run.leaf).cast(), n)
        };
        let elsewhere = reads_only || run.input != UPDATES;
        let mut input = elsewhere.then(|| {
            std::slice::from_raw_parts(memory.leaf(run.input, run.leaf).cast::<T>().cast_const(), n)
        });
        if !run.formula.out_of_place
            && !reads_only
            && let Some(input) = input.take()
        {
            copy(input, u, context.team);
        }
        let p: &[T] = if run.formula.reads_params {
            std::slice::from_raw_parts(memory.leaf(PARAMS, run.leaf).cast(), n)
        } else {
            &[]
        };
        (input, u, p)
    };
    let mut slots: [&mut [T]; MAX_SLOTS] = std::array::from_fn(|_| Default::default());
    for (slot, &buffer) in slots.iter_mut().zip(&run.slots) {
        let place = memory.slot(buffer, run.leaf);
        // SAFETY: the place holds as many numbers, and the leaf's slots are nobody else's.
        *slot = unsafe { std::slice::from_raw_parts_mut(place.pointer.cast(), place.elements) };
    }
    let LeafwiseRun { axes, columns, .. } = run;
    let shape = &leaves[run.leaf].shape;
    kernel(Leaf { input, u, p, shape, axes, columns, slots, scalars: &scalars[..count], context, scratch });
}

/// Elements that a thread copies at once.
const PIECE: usize = 1 << 16;

fn copy<T: Number>(from: &[T], to: &mut [T], team: Team<'_>) {
    let (n, to) = (from.len(), Shared::new(to));
    team.each(n.div_ceil(PIECE), |task| {
        let piece = task * PIECE..n.min((task + 1) * PIECE);
        // SAFETY: no two tasks have an element in common.
        unsafe { to.part(piece.clone()) }.copy_from_slice(&from[piece]);
    });
}
