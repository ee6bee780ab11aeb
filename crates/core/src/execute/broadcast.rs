//! Kernels with slots that lack axes of their leaf, over runs of elements that have one number of such a slot, or neighbouring ones.

use crate::compile::program::{MapOp, SlotUse};
use crate::execute::span_run::SpanRun;
use crate::formulas::{MAX_SLOTS, MapArgs};
use crate::lanes::dispatch::Number;
use crate::lanes::vector::LANES;
use crate::plan::broadcast::Cursor;

impl<T: Number> SpanRun<'_, T> {
    /// Runs one kernel over a tile of whole lanes that starts at an element of the leaf.
    ///
    /// # Safety
    /// As for `step`; slots that lack no axes lie where `tile` says.
    pub(crate) unsafe fn map_broadcast(&self, map: &MapOp<T>, tile: &MapArgs<T>, start: usize) {
        let mut cursors: [Option<Cursor>; MAX_SLOTS] = [None; MAX_SLOTS];
        let cursors = &mut cursors[..map.slots.len()];
        for (cursor, slot) in cursors.iter_mut().zip(&map.slots) {
            *cursor = self.broadcast(slot).map(|broadcast| broadcast.from(start));
        }
        let mut done = 0;
        while done < tile.n {
            let run = cursors.iter().flatten().map(Cursor::left).fold(tile.n - done, usize::min);
            let n = (run - run % LANES).max(LANES);
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
                    args.constant[i] = n <= run && cursor.is_constant();
                    // SAFETY: the elements lie in the leaf.
                    args.slots[i] = unsafe { self.slot_of_run(slot, cursor, n <= run) };
                    cursor.advance(n);
                }
            }
            // SAFETY: the caller's promise, passed on.
            unsafe { (map.entry)(&args) }
            done += n;
        }
    }

    /// What the next elements have of a slot: where it lies if their numbers are neighbours, else as many as lanes in scratch.
    ///
    /// # Safety
    /// `LANES` elements from there on lie in the leaf, and all that are looked at in one run if `is_run`.
    unsafe fn slot_of_run(&self, slot: &SlotUse, cursor: &Cursor, is_run: bool) -> *mut T {
        let place = self.memory.slot(slot.buffer, self.leaf);
        let first = place.pointer.cast::<T>();
        if is_run && !cursor.is_constant() {
            return first.wrapping_add(cursor.index());
        }
        let tile = self.stored(slot, 0).cast::<T>();
        // SAFETY: the leaf's slot holds as many numbers, and the tile stands in for it and has room for lanes.
        unsafe {
            let slot = std::slice::from_raw_parts(first.cast_const(), place.elements);
            cursor.fill(slot, std::slice::from_raw_parts_mut(tile, LANES));
        }
        tile
    }
}
