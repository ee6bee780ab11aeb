//! Pairs of vectors as one vector of twice the width.

use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

use crate::lanes::lane::Lane;
use crate::lanes::vector::Vector;

/// Two vectors as one. Every operation runs on both: while one waits for an earlier result, the processor works on the other.
#[derive(Debug, Clone, Copy)]
pub struct Pair<V>(pub(crate) V, pub(crate) V);

/// The result of a comparison of both vectors.
#[derive(Debug, Clone, Copy)]
pub struct PairMask<M>(M, M);

macro_rules! both {
    ($type:ident: $($trait:ident $method:ident)*) => {
        $(
            impl<T: $trait<Output = T>> $trait for $type<T> {
                type Output = Self;
                #[inline(always)]
                fn $method(self, other: Self) -> Self {
                    $type(self.0.$method(other.0), self.1.$method(other.1))
                }
            }
        )*
    };
}

both!(Pair: Add add Sub sub Mul mul Div div);
both!(PairMask: BitAnd bitand BitOr bitor);

impl<V: Neg<Output = V>> Neg for Pair<V> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Pair(-self.0, -self.1)
    }
}

impl<M: Not<Output = M>> Not for PairMask<M> {
    type Output = Self;
    #[inline(always)]
    fn not(self) -> Self {
        PairMask(!self.0, !self.1)
    }
}

impl<V: Vector> Lane for Pair<V> {
    type Mask = PairMask<V::Mask>;

    #[inline(always)]
    fn splat(value: f64) -> Self {
        Pair(V::splat(value), V::splat(value))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Pair(self.0.sqrt(), self.1.sqrt())
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Pair(self.0.abs(), self.1.abs())
    }
    #[inline(always)]
    fn tanh(self) -> Self {
        Pair(self.0.tanh(), self.1.tanh())
    }
    #[inline(always)]
    fn cbrt(self) -> Self {
        V::cube_root(self)
    }
    #[inline(always)]
    fn lt(self, other: Self) -> Self::Mask {
        PairMask(self.0.lt(other.0), self.1.lt(other.1))
    }
    #[inline(always)]
    fn le(self, other: Self) -> Self::Mask {
        PairMask(self.0.le(other.0), self.1.le(other.1))
    }
    #[inline(always)]
    fn eq(self, other: Self) -> Self::Mask {
        PairMask(self.0.eq(other.0), self.1.eq(other.1))
    }
    #[inline(always)]
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self {
        Pair(V::select(mask.0, yes.0, no.0), V::select(mask.1, yes.1, no.1))
    }
    #[inline(always)]
    fn is_nan(self) -> Self::Mask {
        PairMask(self.0.is_nan(), self.1.is_nan())
    }
    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        Pair(self.0.larger(other.0), self.1.larger(other.1))
    }
    #[inline(always)]
    fn smaller(self, other: Self) -> Self {
        Pair(self.0.smaller(other.0), self.1.smaller(other.1))
    }
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Pair(self.0.max(other.0), self.1.max(other.1))
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Pair(self.0.min(other.0), self.1.min(other.1))
    }
}

impl<V: Vector> Vector for Pair<V> {
    type Number = V::Number;
    const WIDTH: usize = 2 * V::WIDTH;
    const FUSES: bool = V::FUSES;
    type One = V::One;
    type Pair = Self;
    type Wide = Pair<V::Wide>;

    #[inline(always)]
    fn broadcast(value: V::Number) -> Self {
        Pair(V::broadcast(value), V::broadcast(value))
    }
    #[inline(always)]
    unsafe fn load(from: *const V::Number) -> Self {
        // SAFETY: the caller promises readable numbers for both vectors.
        unsafe { Pair(V::load(from), V::load(from.add(V::WIDTH))) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut V::Number) {
        // SAFETY: the caller promises writable numbers for both vectors.
        unsafe {
            self.0.store(to);
            self.1.store(to.add(V::WIDTH));
        }
    }
    #[inline(always)]
    fn widen(self) -> Self::Wide {
        Pair(self.0.widen(), self.1.widen())
    }
    #[inline(always)]
    fn narrow(wide: Self::Wide) -> Self {
        Pair(V::narrow(wide.0), V::narrow(wide.1))
    }
    #[inline(always)]
    fn each(self, function: impl Fn(V::Number) -> V::Number) -> Self {
        Pair(self.0.each(&function), self.1.each(&function))
    }
    #[inline(always)]
    fn cube_root<W: Vector<Number = V::Number>>(x: W) -> W {
        V::cube_root(x)
    }
}
