//! Buffers: zeroed memory, the session's own or lent to it.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::ptr::NonNull;

use crate::error::Error;

/// The alignment of every buffer and of every leaf, in bytes.
pub const ALIGNMENT: usize = 64;

/// Memory of a session, zeroed at first.
#[derive(Debug)]
pub struct Buffer {
    start: NonNull<u8>,
    len: usize,
    /// The block that the buffer frees; `None` if its memory is lent.
    own: Option<(NonNull<u8>, Layout)>,
}

// SAFETY: a buffer owns plain memory that its methods never access: whoever dereferences its pointer answers for data races.
unsafe impl Send for Buffer {}
// SAFETY: as above.
unsafe impl Sync for Buffer {}

impl Buffer {
    pub(crate) fn zeroed(len: usize, what: &'static str) -> Result<Buffer, Error> {
        // The alignment is that of malloc: for a larger one the allocator would write the zeros itself, and so touch every page.
        let layout = len
            .checked_add(ALIGNMENT)
            .and_then(|size| Layout::from_size_align(size, align_of::<usize>()).ok())
            .ok_or(Error::OutOfMemory { what })?;
        // SAFETY: the layout's size is at least ALIGNMENT, so it is not zero.
        let block = NonNull::new(unsafe { alloc_zeroed(layout) }).ok_or(Error::OutOfMemory { what })?;
        // SAFETY: rounding up moves by less than ALIGNMENT bytes, which were added to the size.
        let start = unsafe { block.add(block.as_ptr().align_offset(ALIGNMENT)) };
        Ok(Buffer { start, len, own: Some((block, layout)) })
    }

    /// Makes a buffer of memory that somebody else frees, after the buffer is gone.
    ///
    /// # Panics
    /// If the memory does not start at a multiple of 64 bytes.
    pub(crate) fn lent(start: NonNull<u8>, len: usize) -> Buffer {
        assert!(start.as_ptr().addr().is_multiple_of(ALIGNMENT), "lent memory is not aligned");
        Buffer { start, len, own: None }
    }

    /// Returns the address of the first byte, a multiple of 64.
    pub fn as_ptr(&self) -> NonNull<u8> {
        self.start
    }

    /// Returns the length in bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns whether the length is 0.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Some((block, layout)) = self.own {
            // SAFETY: `zeroed` allocated the block with this layout, and nobody else frees it.
            unsafe { dealloc(block.as_ptr(), layout) }
        }
    }
}
