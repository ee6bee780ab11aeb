//! Vectors: lanes with access to memory.

use crate::lanes::lane::Lane;

/// The number of lanes of the widest vector: a kernel processes a multiple of it.
pub(crate) const LANES: usize = 16;

/// Lanes that can be loaded from memory and stored to it.
pub trait Vector: Lane {
    /// The number type of its lanes.
    type Number: Copy;
    /// The number of its lanes.
    const WIDTH: usize;
    /// Whether its instruction set has fused multiply-add, with one rounding.
    const FUSES: bool;
    /// A vector of one lane, of the same number type.
    type One: Vector<Number = Self::Number>;
    /// Two of these vectors as one; the vector itself if it is a pair already, or has `LANES` lanes.
    type Pair: Vector<Number = Self::Number>;
    /// A vector of the same number of lanes, in double precision.
    type Wide: Vector<Number = f64>;

    /// Returns a vector with `value` in every lane.
    fn broadcast(value: Self::Number) -> Self;
    /// Loads [`Vector::WIDTH`] numbers.
    ///
    /// # Safety
    /// The numbers are readable, and aligned as one number is.
    unsafe fn load(from: *const Self::Number) -> Self;
    /// Stores [`Vector::WIDTH`] numbers.
    ///
    /// # Safety
    /// The numbers are writable, and aligned as one number is.
    unsafe fn store(self, to: *mut Self::Number);
    /// Returns `self * factor + term` for an exact product: with a fused multiply-add or without, the result has the same bits.
    #[inline(always)]
    fn multiply_exactly(self, factor: Self, term: Self) -> Self {
        term + self * factor
    }
    /// Converts every lane to double precision, exactly.
    fn widen(self) -> Self::Wide;
    /// Converts every lane from double precision, with one rounding.
    fn narrow(wide: Self::Wide) -> Self;
    /// Applies a function to every lane.
    fn each(self, function: impl Fn(Self::Number) -> Self::Number) -> Self;
    /// Returns the cube roots of another vector with this number type.
    fn cube_root<V: Vector<Number = Self::Number>>(x: V) -> V;
}
