//! Runs passes on the threads of a session.

use crate::compile::program::{AnyStream, LeafwiseCall, LeafwisePass, Pass, StreamPass, Sum};
use crate::execute::memory::Memory;
use crate::execute::scratch::Workspace;
use crate::execute::tile;
use crate::formulas::MAX_SLOTS;
use crate::lanes::dispatch::Number;
use crate::lanes::dtype::Dtype;
use crate::leafwise::{Context, Leaf};
use crate::plan::resolved::ResolvedLeaf;
use crate::plan::{PARAMS, Scope, UPDATES};
use crate::sums::{BLOCK, fold};
use crate::threads::{Shared, Team, Workers};

/// Runs one pass, and finishes its sums.
pub(crate) fn run(pass: &Pass, leaves: &[ResolvedLeaf], memory: &Memory, workers: &mut Workers<Workspace>) {
    match pass {
        Pass::Stream(pass) => run_stream_pass(pass, leaves, memory, workers),
        Pass::Leafwise(pass) => run_leafwise_pass(pass, leaves, memory, workers),
    }
}

fn run_stream_pass(
    pass: &StreamPass,
    leaves: &[ResolvedLeaf],
    memory: &Memory,
    workers: &mut Workers<Workspace>,
) {
    workers.each(pass.tasks.len(), |task, workspace| {
        for span in &pass.spans[pass.tasks[task].clone()] {
            // SAFETY: the compiler's `needs` gave memory to every buffer of the pass, and no two spans have an element in common.
            unsafe {
                match &pass.streams[span.stream] {
                    AnyStream::F32(stream) => tile::run(stream, span, &pass.sums, memory, &mut workspace.f32),
                    AnyStream::F64(stream) => tile::run(stream, span, &pass.sums, memory, &mut workspace.f64),
                }
            }
        }
    });
    for sum in &pass.sums {
        finish_sum(sum, leaves, memory);
    }
}

/// Adds up the block sums of a reduction, in single precision if all leaves are f32, and stores the results in the register.
fn finish_sum(sum: &Sum, leaves: &[ResolvedLeaf], memory: &Memory) {
    let leaf_sum = |leaf: usize| {
        let count = leaves[leaf].elements.div_ceil(BLOCK);
        // SAFETY: the threads have finished the pass, so only this one accesses the partial sums.
        let block_sums = unsafe { memory.partials(sum.block_sums[leaf], count) };
        if leaves[leaf].dtype == Dtype::F32 { fold::<f32>(block_sums) } else { fold::<f64>(block_sums) }
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
            // SAFETY: only this thread accesses the partial sums now, and the leaf sums do not overlap the block sums.
            let leaf_sums = unsafe { memory.partials(sum.leaf_sums, sum.leaves.len()) };
            let mut n = 0.0;
            for (slot, &leaf) in leaf_sums.iter_mut().zip(&sum.leaves) {
                *slot = leaf_sum(leaf);
                n += leaves[leaf].elements as f64;
            }
            let single = sum.leaves.iter().all(|leaf| leaves[*leaf].dtype == Dtype::F32);
            let total = if single { fold::<f32>(leaf_sums) } else { fold::<f64>(leaf_sums) };
            let value = sum.formula.finish(single, total, n);
            for leaf in 0..leaves.len() {
                memory.set_register(sum.into, leaf, value);
            }
        }
    }
}

fn run_leafwise_pass(
    pass: &LeafwisePass,
    leaves: &[ResolvedLeaf],
    memory: &Memory,
    workers: &mut Workers<Workspace>,
) {
    let run = |call: &LeafwiseCall, team: Team<'_>, workspace: &mut Workspace| {
        let context = Context { team, isa: pass.isa };
        // SAFETY: the compiler's `needs` gave memory to every buffer of the pass, and no two calls have a leaf in common.
        unsafe {
            let scratch = workspace.leafwise(call.scratch);
            match leaves[call.leaf].dtype {
                Dtype::F64 => run_call::<f64>(call, call.formula.f64, leaves, memory, context, scratch),
                _ => run_call::<f32>(call, call.formula.f32, leaves, memory, context, scratch),
            }
        }
    };
    workers.each(pass.tasks.len(), |task, workspace| {
        for call in &pass.calls[pass.tasks[task].clone()] {
            run(call, Team::ALONE, workspace);
        }
    });
    for &call in &pass.shared {
        workers.with_team(|team, workspace| run(&pass.calls[call], team, workspace));
    }
}

/// The most scalars a leafwise kernel can have.
const MAX_SCALARS: usize = 16;

/// Calls a leafwise kernel with the operands of its leaf.
///
/// # Safety
/// `memory` has the leaf, as numbers of type `T`, in every buffer that the call uses, and nobody else accesses it in them.
unsafe fn run_call<T: Number>(
    call: &LeafwiseCall,
    kernel: fn(Leaf<'_, T>),
    leaves: &[ResolvedLeaf],
    memory: &Memory,
    context: Context<'_>,
    scratch: &mut [f64],
) {
    let mut scalars = [T::default(); MAX_SCALARS];
    let values = call.scalars.iter().map(|source| T::of(memory.scalar(*source, call.leaf)));
    let count = scalars.iter_mut().zip(values).map(|(scalar, value)| *scalar = value).count();
    let n = leaves[call.leaf].elements;
    // SAFETY: gradients, parameters and updates have the leaf's n elements, and only `u` is borrowed to be written.
    let (input, u, p) = unsafe {
        let reads_only = call.formula.reads_only;
        let u: &mut [T] = if reads_only {
            &mut []
        } else {
            std::slice::from_raw_parts_mut(memory.leaf(UPDATES, call.leaf).cast(), n)
        };
        let elsewhere = reads_only || call.input != UPDATES;
        let mut input = elsewhere.then(|| {
            std::slice::from_raw_parts(memory.leaf(call.input, call.leaf).cast::<T>().cast_const(), n)
        });
        if !call.formula.out_of_place
            && !reads_only
            && let Some(input) = input.take()
        {
            copy(input, u, context.team);
        }
        let p: &[T] = if call.formula.reads_params {
            std::slice::from_raw_parts(memory.leaf(PARAMS, call.leaf).cast(), n)
        } else {
            &[]
        };
        (input, u, p)
    };
    let mut slots: [&mut [T]; MAX_SLOTS] = std::array::from_fn(|_| Default::default());
    for (slot, &buffer) in slots.iter_mut().zip(&call.slots) {
        let place = memory.slot(buffer, call.leaf);
        // SAFETY: the place has that many elements, a call has no slot twice, and nobody else accesses the leaf's slots.
        *slot = unsafe { std::slice::from_raw_parts_mut(place.pointer.cast(), place.elements) };
    }
    let LeafwiseCall { axes, columns, .. } = call;
    let shape = &leaves[call.leaf].shape;
    kernel(Leaf { input, u, p, shape, axes, columns, slots, scalars: &scalars[..count], context, scratch });
}

/// The elements that a thread copies at a time.
const COPY_CHUNK: usize = 1 << 16;

/// Copies a leaf with all threads of the team.
fn copy<T: Number>(from: &[T], to: &mut [T], team: Team<'_>) {
    let (n, to) = (from.len(), Shared::new(to));
    team.each(n.div_ceil(COPY_CHUNK), |task| {
        let chunk = task * COPY_CHUNK..n.min((task + 1) * COPY_CHUNK);
        // SAFETY: each task has a chunk of its own.
        unsafe { to.part(chunk.clone()) }.copy_from_slice(&from[chunk]);
    });
}
