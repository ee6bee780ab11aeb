//! What each thread works in.

use crate::compile::needs::ScratchSize;
use crate::error::Error;
use crate::execute::buffer::Buffer;
use crate::formulas::MAX_SLOTS;
use crate::lanes::dispatch::Number;
use crate::plan::broadcast::Broadcast;
use crate::sums::{BLOCK, WIDTH};

/// Elements that go through all kernels of a pass together.
pub(crate) const TILE: usize = BLOCK;

/// The memory of one thread.
pub(crate) struct Workspace {
    pub f32: Scratch<f32>,
    pub f64: Scratch<f64>,
    leafwise: Buffer,
}

impl Workspace {
    pub(crate) fn new(size: ScratchSize) -> Result<Workspace, Error> {
        let what = "scratch of leafwise kernels";
        let bytes = size.leafwise.checked_mul(size_of::<f64>()).ok_or(Error::OutOfMemory { what })?;
        let leafwise = Buffer::zeroed(bytes, what)?;
        Ok(Workspace { f32: Scratch::new(size)?, f64: Scratch::new(size)?, leafwise })
    }

    /// Borrows `len` numbers of any value for a leafwise kernel; at most as many as the largest one needs.
    pub(crate) fn leafwise(&mut self, len: usize) -> &mut [f64] {
        assert!(len <= self.leafwise.len() / size_of::<f64>());
        // SAFETY: in bounds, any bits are numbers, and the workspace is borrowed exclusively.
        unsafe { std::slice::from_raw_parts_mut(self.leafwise.as_ptr().cast().as_ptr(), len) }
    }
}

/// One thread's tiles of one number type: one each for u, p and the slots, then one for each op's sums, then the staged slots.
pub(crate) struct Scratch<T> {
    tiles: Buffer,
    ops: usize,
    pub scalars: Vec<T>,
    /// For each staged slot, how it is broadcast to the current leaf.
    pub broadcasts: Vec<Option<Broadcast>>,
}

impl<T: Number> Scratch<T> {
    fn new(size: ScratchSize) -> Result<Scratch<T>, Error> {
        let what = "scratch";
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
