//! The scratch memory of each thread.

use crate::compile::needs::ScratchSize;
use crate::error::Error;
use crate::execute::buffer::Buffer;
use crate::formulas::MAX_SLOTS;
use crate::lanes::dispatch::Number;
use crate::plan::broadcast::Broadcast;
use crate::sums::{BLOCK, WIDTH};

/// The elements of a tile, which goes through all kernels of a pass while it is in the cache.
pub(crate) const TILE: usize = BLOCK;

/// The scratch memory of one thread.
pub(crate) struct Workspace {
    pub f32: Scratch<f32>,
    pub f64: Scratch<f64>,
    leafwise: Buffer,
}

impl Workspace {
    pub(crate) fn new(size: ScratchSize) -> Result<Workspace, Error> {
        let what = "the working memory of a kernel";
        let bytes = size.leafwise.checked_mul(size_of::<f64>()).ok_or(Error::OutOfMemory { what })?;
        let leafwise = Buffer::zeroed(bytes, what)?;
        Ok(Workspace { f32: Scratch::new(size)?, f64: Scratch::new(size)?, leafwise })
    }

    /// Borrows `len` doubles, of any value, for a leafwise kernel.
    ///
    /// # Panics
    /// If `len` is more than the largest scratch memory of the plan's leafwise kernels.
    pub(crate) fn leafwise(&mut self, len: usize) -> &mut [f64] {
        assert!(len <= self.leafwise.len() / size_of::<f64>());
        // SAFETY: in bounds as asserted, any bits are a double, and the workspace is borrowed exclusively.
        unsafe { std::slice::from_raw_parts_mut(self.leafwise.as_ptr().cast().as_ptr(), len) }
    }
}

/// The tiles of one thread for one number type, and the operands of the current span that are looked up once.
pub(crate) struct Scratch<T> {
    /// A tile for each of `u` and `p`, `MAX_SLOTS` for slots, one for the sums of each op, and one for each staged slot.
    tiles: Buffer,
    ops: usize,
    /// The values of all scalars of the stream's ops, in order.
    pub scalars: Vec<T>,
    /// The broadcast of each staged slot to the current leaf; `None` if the slot has the shape of the leaf.
    pub broadcasts: Vec<Option<Broadcast>>,
}

impl<T: Number> Scratch<T> {
    fn new(size: ScratchSize) -> Result<Scratch<T>, Error> {
        let what = "the working memory of a thread";
        let count = size.ops.checked_add(size.staged).and_then(|n| n.checked_add(2 + MAX_SLOTS));
        let bytes = count.and_then(|n| n.checked_mul(size_of::<[T; TILE]>()));
        let tiles = Buffer::zeroed(bytes.ok_or(Error::OutOfMemory { what })?, what)?;
        let (scalars, broadcasts) = (Vec::with_capacity(size.scalars), Vec::with_capacity(size.staged));
        Ok(Scratch { tiles, ops: size.ops, scalars, broadcasts })
    }

    fn tile(&self, i: usize) -> *mut [T; TILE] {
        debug_assert!((i + 1) * size_of::<[T; TILE]>() <= self.tiles.len());
        self.tiles.as_ptr().as_ptr().cast::<[T; TILE]>().wrapping_add(i)
    }

    pub(crate) fn u(&self) -> *mut T {
        self.tile(0).cast()
    }

    pub(crate) fn p(&self) -> *mut T {
        self.tile(1).cast()
    }

    pub(crate) fn slot(&self, i: usize) -> *mut T {
        self.tile(2 + i).cast()
    }

    pub(crate) fn staged_tile(&self, i: usize) -> *mut T {
        self.tile(2 + MAX_SLOTS + self.ops + i).cast()
    }

    pub(crate) fn sums(&self, op: usize) -> *mut [T; WIDTH] {
        self.tile(2 + MAX_SLOTS + op).cast()
    }
}
