//! What a formula is written over.

use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

/// What a formula is written over: some numbers side by side, or the text of a formula.
///
/// Each operation rounds once, as IEEE 754 says, so a formula gives the same bits on every instruction set.
/// Comparisons are false where a side is NaN; the bits of a NaN itself are not promised.
pub trait Lane:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self>
{
    /// The outcome of a comparison, for [`Lane::select`].
    type Mask: Copy + BitAnd<Output = Self::Mask> + BitOr<Output = Self::Mask> + Not<Output = Self::Mask>;

    /// A constant, rounded once.
    fn splat(value: f64) -> Self;
    /// The square root.
    fn sqrt(self) -> Self;
    /// The magnitude.
    fn abs(self) -> Self;
    /// The hyperbolic tangent.
    fn tanh(self) -> Self;
    /// The cube root.
    fn cbrt(self) -> Self;
    /// `self < other`.
    fn lt(self, other: Self) -> Self::Mask;
    /// `self <= other`.
    fn le(self, other: Self) -> Self::Mask;
    /// `self == other`.
    fn eq(self, other: Self) -> Self::Mask;
    /// `yes` where the mask holds, else `no`.
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;

    /// Whether the value is not a number.
    #[inline(always)]
    fn is_nan(self) -> Self::Mask {
        !self.eq(self)
    }

    /// Whether the value is neither infinite nor NaN.
    #[inline(always)]
    fn is_finite(self) -> Self::Mask {
        (self * Self::splat(0.0)).eq(Self::splat(0.0))
    }

    /// The larger; `other` if either is NaN, and of two equal zeros.
    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        Self::select(other.lt(self), self, other)
    }

    /// The smaller; `other` if either is NaN, and of two equal zeros.
    #[inline(always)]
    fn smaller(self, other: Self) -> Self {
        Self::select(self.lt(other), self, other)
    }

    /// The larger; NaN if either is NaN, and `other` of two equal zeros.
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self::select(other.lt(self) | self.is_nan(), self, other)
    }

    /// The smaller; NaN if either is NaN, and `other` of two equal zeros.
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self::select(self.lt(other) | self.is_nan(), self, other)
    }

    /// -1 or 1; zeros and NaN stay what they are.
    #[inline(always)]
    fn sign(self) -> Self {
        let zero = Self::splat(0.0);
        let below = Self::select(self.lt(zero), Self::splat(-1.0), self);
        Self::select(zero.lt(self), Self::splat(1.0), below)
    }
}
