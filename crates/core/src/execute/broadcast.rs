//! Elementwise kernels with broadcast slots: one call for each run of elements that read the same number of a slot, or consecutive numbers.

use crate::compile::program::{MapOp, SlotOperand};
use crate::execute::span_run::SpanRun;
use crate::formulas::{MAX_SLOTS, MapArgs};
use crate::lanes::dispatch::Number;
use crate::lanes::vector::LANES;
use crate::plan::broadcast::Cursor;

impl<T: Number> SpanRun<'_, T> {
    /// Runs one kernel over `tile.n` elements from element `start` of the leaf on; `tile` has all operands except the broadcast slots.
    ///
    /// # Safety
    /// The elements lie in the span, and each operand in `tile` has `tile.n` numbers, `p` only if the kernel reads it.
    pub(crate) unsafe fn map_broadcast(&self, map: &MapOp<T>, tile: &MapArgs<T>, start: usize) {
        let mut cursors: [Option<Cursor>; MAX_SLOTS] = [None; MAX_SLOTS];
        let cursors = &mut cursors[..map.slots.len()];
        for (cursor, slot) in cursors.iter_mut().zip(&map.slots) {
            *cursor = self.broadcast(slot).map(|broadcast| broadcast.cursor_at(start));
        }
        let mut done = 0;
        while done < tile.n {
            let remaining = cursors.iter().flatten().map(Cursor::remaining).fold(tile.n - done, usize::min);
            let n = (remaining - remaining % LANES).max(LANES);
            let mut args = MapArgs {
                u: tile.u.wrapping_add(done),
                p: tile.p.wrapping_add(done),
                slots: tile.slots.map(|slot| slot.wrapping_add(done)),
                out: tile.out.wrapping_add(done),
                n,
                ..*tile
            };
            for (i, slot) in map.slots.iter().enumerate() {
                if let Some(cursor) = &mut cursors[i] {
                    args.constant[i] = n <= remaining && cursor.is_constant();
                    // SAFETY: the kernel reads n elements from here on, which lie in the leaf; n is LANES where the run is shorter.
                    args.slots[i] = unsafe { self.broadcast_slot(slot, cursor, n <= remaining) };
                    cursor.advance(n);
                }
            }
            // SAFETY: the caller gives operands of `tile.n` numbers, and broadcast slots have as many as the call reads.
            unsafe { (map.kernel)(&args) }
            done += n;
        }
    }

    /// Returns the address of the numbers of a broadcast slot for one call: in the slot's own memory if they are consecutive there, else in
    /// scratch memory, to which it copies `LANES` numbers.
    ///
    /// # Safety
    /// `LANES` elements from the cursor on lie in the leaf, and all elements of the call lie in one run if `is_run`.
    unsafe fn broadcast_slot(&self, slot: &SlotOperand, cursor: &Cursor, is_run: bool) -> *mut T {
        let place = self.memory.slot(slot.buffer, self.leaf);
        let first = place.pointer.cast::<T>();
        if is_run && !cursor.is_constant() {
            return first.wrapping_add(cursor.index());
        }
        let tile = self.slot_address(slot, 0).cast::<T>();
        // SAFETY: the slot has `place.elements` numbers for the leaf, and its staging tile is this thread's and has room for LANES.
        unsafe {
            let slot = std::slice::from_raw_parts(first.cast_const(), place.elements);
            cursor.fill(slot, std::slice::from_raw_parts_mut(tile, LANES));
        }
        tile
    }
}
