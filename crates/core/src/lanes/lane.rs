//! Lanes: the values over which formulas are written, and their operations.

use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

/// A value in a formula: numbers side by side, on all of which each operation works, or the text of an expression.
///
/// Each arithmetic operation rounds once, as IEEE 754 says, so a formula gives the same bits on every instruction set.
/// Comparisons with NaN are false; the bits of a NaN itself may differ.
pub trait Lane:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self>
{
    /// The result of a comparison, for [`Lane::select`].
    type Mask: Copy + BitAnd<Output = Self::Mask> + BitOr<Output = Self::Mask> + Not<Output = Self::Mask>;

    /// Returns a constant, rounded once.
    fn splat(value: f64) -> Self;
    /// Returns the square root.
    fn sqrt(self) -> Self;
    /// Returns the absolute value.
    fn abs(self) -> Self;
    /// Returns the hyperbolic tangent.
    fn tanh(self) -> Self;
    /// Returns the cube root.
    fn cbrt(self) -> Self;
    /// Returns `self < other`.
    fn lt(self, other: Self) -> Self::Mask;
    /// Returns `self <= other`.
    fn le(self, other: Self) -> Self::Mask;
    /// Returns `self == other`.
    fn eq(self, other: Self) -> Self::Mask;
    /// Returns `yes` where the mask is true, else `no`.
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;

    /// Returns whether the value is NaN.
    #[inline(always)]
    fn is_nan(self) -> Self::Mask {
        !self.eq(self)
    }

    /// Returns whether the value is neither infinite nor NaN.
    #[inline(always)]
    fn is_finite(self) -> Self::Mask {
        (self * Self::splat(0.0)).eq(Self::splat(0.0))
    }

    /// Returns the larger value; `other` if either is NaN, or both are zero.
    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        Self::select(other.lt(self), self, other)
    }

    /// Returns the smaller value; `other` if either is NaN, or both are zero.
    #[inline(always)]
    fn smaller(self, other: Self) -> Self {
        Self::select(self.lt(other), self, other)
    }

    /// Returns the larger value; NaN if either is NaN, and `other` if both are zero.
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self::select(other.lt(self) | self.is_nan(), self, other)
    }

    /// Returns the smaller value; NaN if either is NaN, and `other` if both are zero.
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self::select(self.lt(other) | self.is_nan(), self, other)
    }

    /// Returns -1 for negative numbers, 1 for positive ones, and zeros and NaN unchanged.
    #[inline(always)]
    fn sign(self) -> Self {
        let zero = Self::splat(0.0);
        let below = Self::select(self.lt(zero), Self::splat(-1.0), self);
        Self::select(zero.lt(self), Self::splat(1.0), below)
    }
}
