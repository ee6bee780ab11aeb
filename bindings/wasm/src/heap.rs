//! The heap, which counts the bytes that are allocated.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The bytes that the allocator needs for itself in each allocation, at most.
const OVERHEAD: usize = 32;

struct Counting {
    used: AtomicUsize,
    peak: AtomicUsize,
}

#[global_allocator]
static HEAP: Counting = Counting { used: AtomicUsize::new(0), peak: AtomicUsize::new(0) };

// SAFETY: all calls go to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are those that the system's allocator asks for.
        let pointer = unsafe { System.alloc(layout) };
        if !pointer.is_null() {
            let used = self.used.fetch_add(size(layout), Relaxed) + size(layout);
            self.peak.fetch_max(used, Relaxed);
        }
        pointer
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        self.used.fetch_sub(size(layout), Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Returns the bytes that an allocation counts.
fn size(layout: Layout) -> usize {
    layout.size() + layout.align() + OVERHEAD
}

/// Runs `body`. Returns the most bytes that were allocated meanwhile, beyond those before.
pub(crate) fn peak<T>(body: impl FnOnce() -> T) -> (T, usize) {
    let before = HEAP.used.load(Relaxed);
    HEAP.peak.store(before, Relaxed);
    let result = body();
    (result, HEAP.peak.load(Relaxed) - before)
}
