//! Lanes in plain arrays: for a single lane, and for targets without register types of their own.

use std::ops::{Add, BitAnd, BitOr, Div, Mul, Neg, Not, Sub};

use crate::lanes::cbrt::{cbrt_f32, cbrt_f64};
use crate::lanes::lane::Lane;
use crate::lanes::pair::Pair;
use crate::lanes::vector::Vector;

/// `N` numbers in a plain array, which the compiler keeps in vector registers where there are any.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(transparent)]
pub struct Pack<T, const N: usize>(pub [T; N]);

/// The result of a comparison of `N` lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackMask<const N: usize>([bool; N]);

macro_rules! per_lane {
    ($type:ty, $trait:ident, $method:ident, $op:tt) => {
        impl<const N: usize> $trait for Pack<$type, N> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self(std::array::from_fn(
                    #[inline(always)]
                    |i| self.0[i] $op other.0[i],
                ))
            }
        }
    };
}

macro_rules! compare {
    ($method:ident, $op:tt) => {
        #[inline(always)]
        fn $method(self, other: Self) -> PackMask<N> {
            PackMask(std::array::from_fn(
                #[inline(always)]
                |i| self.0[i] $op other.0[i],
            ))
        }
    };
}

macro_rules! pack {
    ($type:ty, $tanh:path, $cbrt:path) => {
        per_lane!($type, Add, add, +);
        per_lane!($type, Sub, sub, -);
        per_lane!($type, Mul, mul, *);
        per_lane!($type, Div, div, /);

        impl<const N: usize> Neg for Pack<$type, N> {
            type Output = Self;
            #[inline(always)]
            fn neg(mut self) -> Self {
                for x in &mut self.0 {
                    *x = -*x;
                }
                self
            }
        }

        impl<const N: usize> Lane for Pack<$type, N> {
            type Mask = PackMask<N>;

            #[inline(always)]
            fn splat(value: f64) -> Self {
                Pack([value as $type; N])
            }
            #[inline(always)]
            fn sqrt(mut self) -> Self {
                for x in &mut self.0 {
                    *x = x.sqrt();
                }
                self
            }
            #[inline(always)]
            fn abs(mut self) -> Self {
                for x in &mut self.0 {
                    *x = x.abs();
                }
                self
            }
            fn tanh(self) -> Self {
                self.each($tanh)
            }
            #[inline(always)]
            fn cbrt(self) -> Self {
                $cbrt(self)
            }
            compare!(lt, <);
            compare!(le, <=);
            compare!(eq, ==);
            #[inline(always)]
            fn select(mask: PackMask<N>, yes: Self, mut no: Self) -> Self {
                for i in 0..N {
                    no.0[i] = if mask.0[i] { yes.0[i] } else { no.0[i] };
                }
                no
            }
        }

        impl<const N: usize> Vector for Pack<$type, N> {
            type Number = $type;
            const WIDTH: usize = N;
            const FUSES: bool = cfg!(target_arch = "aarch64");
            type One = Pack<$type, 1>;
            type Pair = Pair<Self>;
            type Wide = Pack<f64, N>;

            #[inline(always)]
            fn broadcast(value: $type) -> Self {
                Pack([value; N])
            }
            #[inline(always)]
            unsafe fn load(from: *const $type) -> Self {
                // SAFETY: the caller promises N readable numbers.
                Pack(unsafe { from.cast::<[$type; N]>().read() })
            }
            #[inline(always)]
            unsafe fn store(self, to: *mut $type) {
                // SAFETY: the caller promises N writable numbers.
                unsafe { to.cast::<[$type; N]>().write(self.0) }
            }
            #[inline(always)]
            fn widen(self) -> Pack<f64, N> {
                Pack(std::array::from_fn(
                    #[inline(always)]
                    |i| self.0[i] as f64,
                ))
            }
            #[inline(always)]
            fn narrow(wide: Pack<f64, N>) -> Self {
                Pack(std::array::from_fn(
                    #[inline(always)]
                    |i| wide.0[i] as $type,
                ))
            }
            #[inline(always)]
            fn each(self, function: impl Fn($type) -> $type) -> Self {
                Pack(self.0.map(function))
            }
            #[inline(always)]
            fn cube_root<V: Vector<Number = $type>>(x: V) -> V {
                $cbrt(x)
            }
        }
    };
}

pack!(f32, libm::tanhf, cbrt_f32);
pack!(f64, libm::tanh, cbrt_f64);

macro_rules! combine {
    ($trait:ident, $method:ident, $op:tt) => {
        impl<const N: usize> $trait for PackMask<N> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self(std::array::from_fn(
                    #[inline(always)]
                    |i| self.0[i] $op other.0[i],
                ))
            }
        }
    };
}

combine!(BitAnd, bitand, &);
combine!(BitOr, bitor, |);

impl<const N: usize> Not for PackMask<N> {
    type Output = Self;
    #[inline(always)]
    fn not(mut self) -> Self {
        for x in &mut self.0 {
            *x = !*x;
        }
        self
    }
}
