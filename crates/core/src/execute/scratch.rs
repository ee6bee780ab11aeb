//! The scratch memory of each thread.

use crate::compile::needs::{ScratchSize, TilesSize};
use crate::error::Error;
use crate::execute::buffer::Buffer;
use crate::execute::memory::Allocate;
use crate::formulas::MAX_SLOTS;
use crate::lanes::dispatch::Number;
use crate::plan::broadcast::Broadcast;
use crate::sums::WIDTH;

/// The scratch memory of one thread.
pub(crate) struct Workspace {
    pub f32: Scratch<f32>,
    pub f64: Scratch<f64>,
    leafwise: Buffer,
}

impl Workspace {
    pub(crate) fn new(size: ScratchSize, allocate: &mut Allocate<'_>) -> Result<Workspace, Error> {
        let what = "the working memory of a kernel";
        let bytes = size.leafwise.checked_mul(size_of::<f64>()).ok_or(Error::OutOfMemory { what })?;
        let leafwise = allocate(bytes, what)?;
        Ok(Workspace {
            f32: Scratch::new(size.f32, allocate)?,
            f64: Scratch::new(size.f64, allocate)?,
            leafwise,
        })
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
    size: TilesSize,
    /// The values of all scalars of the stream's ops, in order.
    pub scalars: Vec<T>,
    /// The broadcast of each staged slot to the current leaf; `None` if the slot has the shape of the leaf.
    pub broadcasts: Vec<Option<Broadcast>>,
}

impl<T: Number> Scratch<T> {
    fn new(size: TilesSize, allocate: &mut Allocate<'_>) -> Result<Scratch<T>, Error> {
        let what = "the working memory of a thread";
        let count = size.ops.checked_add(size.staged).and_then(|n| n.checked_add(2 + MAX_SLOTS));
        let bytes = count.and_then(|n| n.checked_mul(size.tile * size_of::<T>()));
        let tiles = allocate(bytes.ok_or(Error::OutOfMemory { what })?, what)?;
        let (scalars, broadcasts) = (Vec::with_capacity(size.scalars), Vec::with_capacity(size.staged));
        Ok(Scratch { tiles, size, scalars, broadcasts })
    }

    fn tile(&self, i: usize) -> *mut T {
        debug_assert!((i + 1) * self.size.tile * size_of::<T>() <= self.tiles.len());
        self.tiles.as_ptr().as_ptr().cast::<T>().wrapping_add(i * self.size.tile)
    }

    pub(crate) fn u(&self) -> *mut T {
        self.tile(0)
    }

    pub(crate) fn p(&self) -> *mut T {
        self.tile(1)
    }

    pub(crate) fn slot(&self, i: usize) -> *mut T {
        self.tile(2 + i)
    }

    pub(crate) fn staged_tile(&self, i: usize) -> *mut T {
        self.tile(2 + MAX_SLOTS + self.size.ops + i)
    }

    pub(crate) fn sums(&self, op: usize) -> *mut [T; WIDTH] {
        self.tile(2 + MAX_SLOTS + op).cast()
    }
}
