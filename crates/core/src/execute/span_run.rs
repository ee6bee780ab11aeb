//! One span of a leaf as its stream's kernels see it.

use crate::compile::program::{SlotUse, Stream, Sum};
use crate::execute::memory::Memory;
use crate::execute::scratch::Scratch;
use crate::lanes::dispatch::Number;
use crate::plan::broadcast::Broadcast;

/// A span, where its operands are, and the thread that takes it through its stream.
pub(crate) struct SpanRun<'a, T: Number> {
    pub stream: &'a Stream<T>,
    pub input: *const T,
    pub params: *const T,
    pub output: Option<*mut T>,
    pub memory: &'a Memory,
    pub sums: &'a [Sum],
    pub leaf: usize,
    pub scratch: &'a Scratch<T>,
    /// Whether tiles are filled with slots that lack axes, rather than kernels run over runs of them: those are short.
    pub fills: bool,
}

impl<T: Number> SpanRun<'_, T> {
    /// Returns how a slot is broadcast, if it lacks axes of the leaf.
    pub(crate) fn broadcast(&self, slot: &SlotUse) -> Option<Broadcast> {
        slot.staged.and_then(|i| self.scratch.broadcasts[i])
    }

    /// Returns where the elements of a slot are stored from element `at` on: in its tile if it is staged, else in its buffer.
    pub(crate) fn stored(&self, slot: &SlotUse, at: usize) -> *mut u8 {
        if let Some(i) = slot.staged {
            return self.scratch.staged_tile(i).cast();
        }
        self.memory.leaf(slot.buffer, self.leaf).wrapping_add(at * slot.storage.size())
    }
}
