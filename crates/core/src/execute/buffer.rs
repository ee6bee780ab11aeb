use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::ptr::NonNull;

use crate::error::Error;

/// Every leaf starts on a multiple of this many bytes.
pub const ALIGNMENT: usize = 64;

/// Zeroed memory that outlives the session while anyone holds it.
#[derive(Debug)]
pub struct Buffer {
    block: NonNull<u8>,
    layout: Layout,
    start: NonNull<u8>,
    len: usize,
}

// SAFETY: a buffer is plain memory; whoever dereferences its pointer answers for the accesses.
unsafe impl Send for Buffer {}
// SAFETY: as above.
unsafe impl Sync for Buffer {}

impl Buffer {
    pub(crate) fn zeroed(len: usize, what: &'static str) -> Result<Buffer, Error> {
        // The alignment of malloc, so that the allocator hands out zero pages without touching them.
        let layout = len
            .checked_add(ALIGNMENT)
            .and_then(|size| Layout::from_size_align(size, align_of::<usize>()).ok())
            .ok_or(Error::OutOfMemory { what })?;
        // SAFETY: the size is at least ALIGNMENT, not zero.
        let block = NonNull::new(unsafe { alloc_zeroed(layout) }).ok_or(Error::OutOfMemory { what })?;
        // SAFETY: rounding up moves by less than ALIGNMENT, which was added to the size.
        let start = unsafe { block.add(block.as_ptr().align_offset(ALIGNMENT)) };
        Ok(Buffer { block, layout, start, len })
    }

    /// Where it starts, on 64 bytes.
    pub fn as_ptr(&self) -> NonNull<u8> {
        self.start
    }

    /// Its length in bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: allocated in `zeroed` with this layout.
        unsafe { dealloc(self.block.as_ptr(), self.layout) }
    }
}
