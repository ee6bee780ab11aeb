//! Lanes that are loaded from memory and stored to it.

use crate::lanes::lane::Lane;

/// Lanes of the widest vectors: kernels take multiples of so many numbers.
pub(crate) const LANES: usize = 16;

/// Lanes that are loaded from memory and stored to it.
pub trait Vector: Lane {
    /// The type of one number.
    type Number: Copy;
    /// How many numbers.
    const WIDTH: usize;
    /// Whether its instruction set multiplies and adds with one rounding.
    const FUSES: bool;
    /// The same with a single lane.
    type One: Vector<Number = Self::Number>;
    /// Two as one, as long as that is no wider than all kernels can be.
    type Pair: Vector<Number = Self::Number>;
    /// As many lanes in double precision.
    type Wide: Vector<Number = f64>;

    /// All lanes `value`.
    fn broadcast(value: Self::Number) -> Self;
    /// Reads [`Vector::WIDTH`] numbers.
    ///
    /// # Safety
    /// They must be readable and aligned to one number.
    unsafe fn load(from: *const Self::Number) -> Self;
    /// Writes [`Vector::WIDTH`] numbers.
    ///
    /// # Safety
    /// They must be writable and aligned to one number.
    unsafe fn store(self, to: *mut Self::Number);
    /// `self * factor + term` where the product is exact.
    #[inline(always)]
    fn multiply_exactly(self, factor: Self, term: Self) -> Self {
        term + self * factor
    }
    /// Exact.
    fn widen(self) -> Self::Wide;
    /// Rounds every lane once.
    fn narrow(wide: Self::Wide) -> Self;
    /// Every lane through a function.
    fn each(self, function: impl Fn(Self::Number) -> Self::Number) -> Self;
    /// The cube roots of any vector of such numbers.
    fn cube_root<V: Vector<Number = Self::Number>>(x: V) -> V;
}
