//! Runs a span through all kernels of its stream, tile by tile.

use crate::compile::program::{
    Granularity, MapOp, Op, ReduceOp, SlotOperand, Span, StagedSlot, Stream, Sum, TILE,
};
use crate::execute::memory::Memory;
use crate::execute::scratch::Scratch;
use crate::execute::span_run::SpanRun;
use crate::formulas::reductions::ReduceArgs;
use crate::formulas::{MAX_SLOTS, MapArgs};
use crate::lanes::dispatch::Number;
use crate::lanes::vector::LANES;
use crate::plan::PARAMS;
use crate::sums::{BLOCK, WIDTH, fold_block};

/// The least length of a run of elements for which a kernel is called: calls for shorter runs cost more than expanding broadcast slots.
const MIN_RUN_LENGTH: usize = 4 * LANES;

/// Runs a span through its stream, and leaves its block sums in the partial sums.
///
/// # Safety
/// `memory` has the leaf in every buffer that the stream uses, and nobody else accesses the span's elements in them.
pub(crate) unsafe fn run<T: Number>(
    stream: &Stream<T>,
    span: &Span,
    sums: &[Sum],
    memory: &Memory,
    scratch: &mut Scratch<T>,
) {
    scratch.scalars.clear();
    for op in &stream.ops {
        let (_, scalars) = op.operands();
        scratch.scalars.extend(scalars.iter().map(|source| T::of(memory.scalar(*source, span.leaf))));
    }
    let broadcast = |staged: &StagedSlot| staged.broadcasts.get(&span.leaf).copied();
    scratch.broadcasts.clear();
    scratch.broadcasts.extend(stream.staged.iter().map(broadcast));
    let leaf = |buffer| memory.leaf(buffer, span.leaf).cast::<T>();
    let expands_slots =
        scratch.broadcasts.iter().flatten().any(|broadcast| broadcast.run_length() < MIN_RUN_LENGTH);
    let run = SpanRun {
        stream,
        input: leaf(stream.input),
        params: leaf(PARAMS),
        output: stream.output.map(leaf),
        memory,
        sums,
        leaf: span.leaf,
        scratch,
        expands_slots,
    };
    run.clear_sums();
    let mut at = span.elements.start;
    while at < span.elements.end {
        let remaining = span.elements.end - at;
        let n = match stream.granularity {
            Granularity::Span if remaining >= TILE && !expands_slots => remaining - remaining % TILE,
            Granularity::Span | Granularity::Tile => remaining.min(TILE),
        };
        // SAFETY: the elements lie in the span, which the caller lets this thread alone access.
        unsafe { run.run_ops(at, n) };
        at += n;
        if at.is_multiple_of(BLOCK) || at == span.elements.end {
            run.finish_block((at - 1) / BLOCK);
        }
    }
}

impl<T: Number> SpanRun<'_, T> {
    /// Runs all ops over `n` elements. The last elements of a leaf are padded with zeros to a multiple of `LANES`, in scratch memory.
    ///
    /// # Safety
    /// Elements `at .. at + n` lie in the span, and `n` is at most a tile unless the stream's granularity is a span.
    unsafe fn run_ops(&self, at: usize, n: usize) {
        let padded = self.stream.last_map.is_some() && !n.is_multiple_of(LANES);
        // SAFETY: all accesses lie in the span's elements, or in tiles of this thread: what is padded or staged is at most a tile.
        unsafe {
            let mut u = self.input.add(at);
            let mut p = self.params.wrapping_add(at);
            if padded {
                u = copy_padded(u, n, self.scratch.u());
                if self.stream.reads_params {
                    p = copy_padded(p, n, self.scratch.p());
                }
            }
            for (i, staged) in self.stream.staged.iter().enumerate() {
                let place = self.memory.slot(staged.buffer, self.leaf);
                let (slot, tile) = (place.pointer.cast::<T>().cast_const(), self.scratch.staged_tile(i));
                match self.scratch.broadcasts[i] {
                    Some(broadcast) if self.expands_slots || padded => {
                        let slot = std::slice::from_raw_parts(slot, place.elements);
                        broadcast.cursor_at(at).fill(slot, std::slice::from_raw_parts_mut(tile, n));
                    }
                    Some(_) => {}
                    None => slot.add(at).copy_to_nonoverlapping(tile, n),
                }
            }
            let mut scalars = self.scratch.scalars.as_ptr();
            for (i, op) in self.stream.ops.iter().enumerate() {
                match op {
                    Op::Map(map) => {
                        let out = match self.output {
                            Some(output) if self.stream.last_map == Some(i) && !padded => output.add(at),
                            _ => self.scratch.u(),
                        };
                        self.run_map(map, u, p, scalars, out, at, n, padded);
                        u = out;
                    }
                    Op::Reduce(reduce) => {
                        let sums = self.scratch.sums(i).cast();
                        let slots = self.slot_pointers(&reduce.slots, at, n, false).map(<*mut T>::cast_const);
                        let in_cache = reduce.reads_updates_only && u == self.scratch.u();
                        (reduce.kernel)(&ReduceArgs { u, p, slots, scalars, sums, n, in_cache });
                    }
                }
                scalars = scalars.add(op.operands().1.len());
            }
            if let (true, Some(output)) = (padded, self.output) {
                u.copy_to_nonoverlapping(output.add(at), n);
            }
        }
    }

    /// Runs one elementwise kernel over `n` elements, and stores its slots.
    ///
    /// # Safety
    /// As for `run_ops`; `u`, `p` and `out` have `n` numbers, rounded up to `LANES`, `p` only if the kernel reads it; `scalars` has as many as
    /// the kernel.
    #[allow(clippy::too_many_arguments, reason = "the operands of a kernel")]
    unsafe fn run_map(
        &self,
        map: &MapOp<T>,
        u: *const T,
        p: *const T,
        scalars: *const T,
        out: *mut T,
        at: usize,
        n: usize,
        padded: bool,
    ) {
        // SAFETY: slots have the span's elements in their buffers, and what is padded or converted is at most a tile.
        unsafe {
            let slots = self.slot_pointers(&map.slots, at, n, padded);
            let constant = [false; MAX_SLOTS];
            let args = MapArgs { u, p, slots, constant, scalars, out, n: n.next_multiple_of(LANES) };
            if self.expands_slots || padded || map.slots.iter().all(|slot| self.broadcast(slot).is_none()) {
                (map.kernel)(&args);
            } else {
                self.map_broadcast(map, &args, at);
            }
            for (i, slot) in map.slots.iter().enumerate() {
                if padded || slot.storage != T::DTYPE {
                    T::store(slot.storage, slots[i], self.slot_address(slot, at), n);
                }
            }
        }
    }

    /// Returns the addresses of a kernel's slots from element `at` on: in their buffers, or in scratch memory, padded or converted to `T`.
    ///
    /// # Safety
    /// As for `run_ops`.
    unsafe fn slot_pointers(
        &self,
        operands: &[SlotOperand],
        at: usize,
        n: usize,
        padded: bool,
    ) -> [*mut T; MAX_SLOTS] {
        let mut slots = [std::ptr::null_mut(); MAX_SLOTS];
        for (i, slot) in operands.iter().enumerate() {
            let stored = self.slot_address(slot, at);
            slots[i] = if slot.storage == T::DTYPE && !padded {
                stored.cast()
            } else {
                let tile = self.scratch.slot(i);
                // SAFETY: the slot has the span's elements, and the tile is this thread's: what is copied is at most a tile.
                unsafe {
                    T::load(slot.storage, stored, tile, n);
                    tile.add(n).write_bytes(0, n.next_multiple_of(LANES) - n);
                }
                tile
            };
        }
        slots
    }

    /// Visits the reductions of the stream with their running sums.
    fn each_sum(&self, mut visit: impl FnMut(&Sum, &mut [T; WIDTH])) {
        for (i, op) in self.stream.ops.iter().enumerate() {
            if let Op::Reduce(ReduceOp { sum, .. }) = op {
                // SAFETY: the tile is this thread's, each op has its own, and the reference ends with the visit.
                visit(&self.sums[*sum], unsafe { &mut *self.scratch.sums(i) });
            }
        }
    }

    fn clear_sums(&self) {
        self.each_sum(|_, tile| tile.fill(T::default()));
    }

    /// Stores the sums of a block in the partial sums, and clears them for the next block.
    fn finish_block(&self, block: usize) {
        self.each_sum(|sum, tile| {
            self.memory.set_partial(sum.block_sums[self.leaf] + block, fold_block(tile).widen());
            tile.fill(T::default());
        });
    }
}

/// Copies `n` numbers to a tile and fills it up with zeros to a multiple of `LANES`.
///
/// # Safety
/// `from` has `n` numbers, which are fewer than those of a tile, and nobody else accesses the tile.
unsafe fn copy_padded<T: Number>(from: *const T, n: usize, tile: *mut T) -> *const T {
    // SAFETY: `from` has `n` numbers, and the tile has room for `n` rounded up to `LANES`.
    unsafe {
        from.copy_to_nonoverlapping(tile, n);
        tile.add(n).write_bytes(0, n.next_multiple_of(LANES) - n);
    }
    tile
}
