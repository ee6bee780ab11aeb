//! The run of one span through its stream.

use crate::compile::program::{SlotOperand, Stream, Sum};
use crate::execute::memory::Memory;
use crate::execute::scratch::Scratch;
use crate::lanes::dispatch::Number;
use crate::plan::broadcast::Broadcast;

/// The operands of one span on its way through its stream, and the scratch memory of the thread.
pub(crate) struct SpanRun<'a, T: Number> {
    pub stream: &'a Stream<T>,
    pub input: *const T,
    pub params: *const T,
    pub output: Option<*mut T>,
    pub memory: &'a Memory,
    /// The sums of the pass.
    pub sums: &'a [Sum],
    pub leaf: usize,
    pub scratch: &'a Scratch<T>,
    /// Whether broadcast slots are expanded into tiles: kernels are then called once for each tile, not once for each run of elements.
    pub expands_slots: bool,
}

impl<T: Number> SpanRun<'_, T> {
    /// Returns the broadcast of a slot to the leaf; `None` if the slot has the leaf's shape.
    pub(crate) fn broadcast(&self, slot: &SlotOperand) -> Option<Broadcast> {
        slot.staged.and_then(|i| self.scratch.broadcasts[i])
    }

    /// Returns the address of a slot's elements from element `at` of the leaf on: its tile if the slot is staged, else in its buffer.
    pub(crate) fn slot_address(&self, slot: &SlotOperand, at: usize) -> *mut u8 {
        if let Some(i) = slot.staged {
            return self.scratch.staged_tile(i).cast();
        }
        self.memory.leaf(slot.buffer, self.leaf).wrapping_add(at * slot.storage.size())
    }
}
