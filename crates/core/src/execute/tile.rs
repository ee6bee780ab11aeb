//! The executor: takes a span of a leaf through all kernels of its stream, tile by tile.

use crate::compile::program::{Granularity, MapOp, Op, ReduceOp, SlotUse, Span, StagedSlot, Stream, Sum};
use crate::execute::memory::Memory;
use crate::execute::scratch::{Scratch, TILE};
use crate::execute::span_run::SpanRun;
use crate::formulas::reductions::ReduceArgs;
use crate::formulas::{MAX_SLOTS, MapArgs};
use crate::lanes::dispatch::Number;
use crate::lanes::vector::LANES;
use crate::plan::PARAMS;
use crate::sums::{BLOCK, WIDTH, fold_block};

/// Kernels are not run over shorter runs, as calling them costs more.
const SHORT: usize = 4 * LANES;

/// Runs a span.
///
/// # Safety
/// The table of `memory` points to every leaf that the stream touches, and nobody else touches the span.
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
    let looks = |staged: &StagedSlot| staged.broadcasts.get(&span.leaf).copied();
    scratch.broadcasts.clear();
    scratch.broadcasts.extend(stream.staged.iter().map(looks));
    let place = |buffer| memory.leaf(buffer, span.leaf).cast::<T>();
    let fills = scratch.broadcasts.iter().flatten().any(|broadcast| broadcast.run() < SHORT);
    let run = SpanRun {
        stream,
        input: place(stream.input),
        params: place(PARAMS),
        output: stream.output.map(place),
        memory,
        sums,
        leaf: span.leaf,
        scratch,
        fills,
    };
    run.clear_sums();
    let mut at = span.elements.start;
    while at < span.elements.end {
        let left = span.elements.end - at;
        let n = match stream.granularity {
            Granularity::Span if left >= TILE && !fills => left - left % TILE,
            Granularity::Span | Granularity::Tile => left.min(TILE),
        };
        // SAFETY: the elements lie in the span.
        unsafe { run.step(at, n) };
        at += n;
        if at.is_multiple_of(BLOCK) || at == span.elements.end {
            run.close_block((at - 1) / BLOCK);
        }
    }
}

impl<T: Number> SpanRun<'_, T> {
    /// Takes `n` elements through the ops; only a leaf's last tile is not whole, and is padded with zeros to a multiple of `LANES`.
    ///
    /// # Safety
    /// Elements `at .. at + n` lie in the span.
    unsafe fn step(&self, at: usize, n: usize) {
        let padded = self.stream.last_map.is_some() && !n.is_multiple_of(LANES);
        // SAFETY: in bounds of the leaf, and of the tiles: what is padded is less than a tile.
        unsafe {
            let mut u = self.input.add(at);
            let mut p = self.params.wrapping_add(at);
            if padded {
                u = pad(u, n, self.scratch.u());
                if self.stream.reads_params {
                    p = pad(p, n, self.scratch.p());
                }
            }
            for (i, staged) in self.stream.staged.iter().enumerate() {
                let place = self.memory.slot(staged.buffer, self.leaf);
                let (slot, tile) = (place.pointer.cast::<T>().cast_const(), self.scratch.staged_tile(i));
                match self.scratch.broadcasts[i] {
                    Some(broadcast) if self.fills || padded => {
                        let slot = std::slice::from_raw_parts(slot, place.elements);
                        broadcast.from(at).fill(slot, std::slice::from_raw_parts_mut(tile, n));
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
                        self.map(map, u, p, scalars, out, at, n, padded);
                        u = out;
                    }
                    Op::Reduce(reduce) => {
                        let sums = self.scratch.sums(i).cast();
                        let slots = self.slots(&reduce.slots, at, n, false).map(<*mut T>::cast_const);
                        let cached = reduce.of_updates && u == self.scratch.u();
                        (reduce.entry)(&ReduceArgs { u, p, slots, scalars, sums, n, cached });
                    }
                }
                scalars = scalars.add(op.operands().1.len());
            }
            if let (true, Some(output)) = (padded, self.output) {
                u.copy_to_nonoverlapping(output.add(at), n);
            }
        }
    }

    /// Runs one kernel, with its slots where they lie or converted to scratch.
    ///
    /// # Safety
    /// As for `step`.
    #[allow(clippy::too_many_arguments, reason = "the operands of a kernel")]
    unsafe fn map(
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
        // SAFETY: in bounds of the leaf, and of the tiles: whatever is not in place is at most a tile.
        unsafe {
            let slots = self.slots(&map.slots, at, n, padded);
            let constant = [false; MAX_SLOTS];
            let args = MapArgs { u, p, slots, constant, scalars, out, n: n.next_multiple_of(LANES) };
            if self.fills || padded || map.slots.iter().all(|slot| self.broadcast(slot).is_none()) {
                (map.entry)(&args);
            } else {
                self.map_broadcast(map, &args, at);
            }
            for (i, slot) in map.slots.iter().enumerate() {
                if padded || slot.storage != T::DTYPE {
                    T::store(slot.storage, slots[i], self.stored(slot, at), n);
                }
            }
        }
    }

    /// Slots where they lie, or, padded or converted, in scratch.
    ///
    /// # Safety
    /// As for `step`.
    unsafe fn slots(&self, uses: &[SlotUse], at: usize, n: usize, padded: bool) -> [*mut T; MAX_SLOTS] {
        let mut slots = [std::ptr::null_mut(); MAX_SLOTS];
        for (i, slot) in uses.iter().enumerate() {
            let stored = self.stored(slot, at);
            slots[i] = if slot.storage == T::DTYPE && !padded {
                stored.cast()
            } else {
                let tile = self.scratch.slot(i);
                // SAFETY: in bounds of the leaf, and of the tile: what is not in place is at most a tile.
                unsafe {
                    T::load(slot.storage, stored, tile, n);
                    tile.add(n).write_bytes(0, n.next_multiple_of(LANES) - n);
                }
                tile
            };
        }
        slots
    }

    fn each_sum(&self, mut visit: impl FnMut(&Sum, &mut [T; WIDTH])) {
        for (i, op) in self.stream.ops.iter().enumerate() {
            if let Op::Reduce(ReduceOp { sum, .. }) = op {
                // SAFETY: the tile belongs to this thread, and nothing else points to it now.
                visit(&self.sums[*sum], unsafe { &mut *self.scratch.sums(i) });
            }
        }
    }

    fn clear_sums(&self) {
        self.each_sum(|_, tile| tile.fill(T::default()));
    }

    fn close_block(&self, block: usize) {
        self.each_sum(|sum, tile| {
            self.memory.set_partial(sum.first[self.leaf] + block, fold_block(tile).widen());
            tile.fill(T::default());
        });
    }
}

unsafe fn pad<T: Number>(from: *const T, n: usize, tile: *mut T) -> *const T {
    // SAFETY: the caller gives n readable numbers, less than a tile, and a tile.
    unsafe {
        from.copy_to_nonoverlapping(tile, n);
        tile.add(n).write_bytes(0, n.next_multiple_of(LANES) - n);
    }
    tile
}
