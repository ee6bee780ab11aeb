//! The macro that makes types of lanes in vector registers: one for each instruction set and number type, from its intrinsics.
//!
//! Instruction sets without register types compute in [`Pack`](crate::lanes::pack::Pack), with the same bits.

/// Makes a type of lanes from the intrinsics of its operations: `unsafe` ones, whose instruction set the invoking module vouches for.
macro_rules! register {
    (
        $name:ident($raw:ty): $width:literal x $number:ident, pair $pair:ty, fuses $fuses:literal, mask $mask:ident($bits:ty), tanh $tanh:path, cbrt $cbrt:path,
        splat $splat:ident, load $load:ident, store $store:ident,
        wide $wide:ty, widen |$w:ident| $widen:expr, narrow |$d:ident| $narrow:expr,
        add $add:ident, sub $sub:ident, mul $mul:ident, div $div:ident, sqrt $sqrt:ident,
        neg |$n:ident| $neg:expr, abs |$a:ident| $abs:expr,
        lt |$l1:ident, $l2:ident| $lt:expr, le |$m1:ident, $m2:ident| $le:expr, eq |$e1:ident, $e2:ident| $eq:expr,
        select |$s:ident, $yes:ident, $no:ident| $select:expr
        $(, fma $fma:ident)?
        $(, nan |$x:ident| $nan:expr, max $max:ident, min $min:ident)?
    ) => {
        #[doc = concat!(stringify!($width), " lanes of ", stringify!($number), ".")]
        #[derive(Clone, Copy)]
        pub struct $name($raw);

        $crate::lanes::registers::register!(@infix $name Add add $add);
        $crate::lanes::registers::register!(@infix $name Sub sub $sub);
        $crate::lanes::registers::register!(@infix $name Mul mul $mul);
        $crate::lanes::registers::register!(@infix $name Div div $div);

        impl std::ops::Neg for $name {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                let $n = self.0;
                // SAFETY: the comment of the invoking module says why the machine supports the intrinsic.
                $name(unsafe { $neg })
            }
        }

        impl $crate::lanes::lane::Lane for $name {
            type Mask = $mask;

            #[inline(always)]
            fn splat(value: f64) -> Self {
                <Self as $crate::lanes::vector::Vector>::broadcast(value as $number)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                // SAFETY: the comment of the invoking module says why the machine supports the intrinsic.
                $name(unsafe { $sqrt(self.0) })
            }
            #[inline(always)]
            fn abs(self) -> Self {
                let $a = self.0;
                // SAFETY: the comment of the invoking module says why the machine supports the intrinsic.
                $name(unsafe { $abs })
            }
            fn tanh(self) -> Self {
                $crate::lanes::vector::Vector::each(self, $tanh)
            }
            #[inline(always)]
            fn cbrt(self) -> Self {
                $cbrt(self)
            }
            #[inline(always)]
            fn lt(self, other: Self) -> $mask {
                let ($l1, $l2) = (self.0, other.0);
                // SAFETY: the comment of the invoking module says why the machine supports the intrinsic.
                $mask(unsafe { $lt })
            }
            #[inline(always)]
            fn le(self, other: Self) -> $mask {
                let ($m1, $m2) = (self.0, other.0);
                // SAFETY: the comment of the invoking module says why the machine supports the intrinsic.
                $mask(unsafe { $le })
            }
            #[inline(always)]
            fn eq(self, other: Self) -> $mask {
                let ($e1, $e2) = (self.0, other.0);
                // SAFETY: the comment of the invoking module says why the machine supports the intrinsic.
                $mask(unsafe { $eq })
            }
            #[inline(always)]
            fn select(mask: $mask, yes: Self, no: Self) -> Self {
                let ($s, $yes, $no) = (mask.0, yes.0, no.0);
                // SAFETY: the comment of the invoking module says why the machine supports the intrinsic.
                $name(unsafe { $select })
            }
            $(
                #[inline(always)]
                fn is_nan(self) -> $mask {
                    let $x = self.0;
                    // SAFETY: the comment of the invoking module says why the machine supports the intrinsic.
                    $mask(unsafe { $nan })
                }
                #[inline(always)]
                fn larger(self, other: Self) -> Self {
                    // SAFETY: as for `is_nan`. The intrinsic returns `other` if either is NaN or both are zero, as `Lane` asks.
                    $name(unsafe { $max(self.0, other.0) })
                }
                #[inline(always)]
                fn smaller(self, other: Self) -> Self {
                    // SAFETY: as for `larger`.
                    $name(unsafe { $min(self.0, other.0) })
                }
                #[inline(always)]
                fn max(self, other: Self) -> Self {
                    Self::select(self.is_nan(), self, self.larger(other))
                }
                #[inline(always)]
                fn min(self, other: Self) -> Self {
                    Self::select(self.is_nan(), self, self.smaller(other))
                }
            )?
        }

        impl $crate::lanes::vector::Vector for $name {
            type Number = $number;
            const WIDTH: usize = $width;
            const FUSES: bool = $fuses;
            type One = $crate::lanes::pack::Pack<$number, 1>;
            type Pair = $pair;
            type Wide = $wide;

            #[inline(always)]
            fn broadcast(value: $number) -> Self {
                // SAFETY: the comment of the invoking module says why the machine supports the intrinsic.
                $name(unsafe { $splat(value) })
            }
            #[inline(always)]
            unsafe fn load(from: *const $number) -> Self {
                // SAFETY: the caller promises readable numbers, and the invoking module that the machine supports the intrinsic.
                $name(unsafe { $load(from.cast()) })
            }
            #[inline(always)]
            unsafe fn store(self, to: *mut $number) {
                // SAFETY: the caller promises writable numbers, and the invoking module that the machine supports the intrinsic.
                unsafe { $store(to.cast(), self.0) }
            }
            #[inline(always)]
            #[allow(unused_unsafe, reason = "doubles are returned as they are")]
            fn widen(self) -> $wide {
                let $w = self;
                // SAFETY: the comment of the invoking module says why the machine supports the intrinsic.
                unsafe { $widen }
            }
            #[inline(always)]
            #[allow(unused_unsafe, reason = "doubles are returned as they are")]
            fn narrow(wide: $wide) -> Self {
                let $d = wide;
                // SAFETY: the comment of the invoking module says why the machine supports the intrinsic.
                unsafe { $narrow }
            }
            $(
                #[inline(always)]
                fn multiply_exactly(self, factor: Self, term: Self) -> Self {
                    // SAFETY: the comment of the invoking module says why the machine supports the intrinsic.
                    $name(unsafe { $fma(self.0, factor.0, term.0) })
                }
            )?
            #[inline(always)]
            fn each(self, function: impl Fn($number) -> $number) -> Self {
                let mut lanes = [0.0; $width];
                // SAFETY: the array has as many numbers as there are lanes.
                unsafe {
                    self.store(lanes.as_mut_ptr());
                    Self::load(lanes.map(function).as_ptr())
                }
            }
            #[inline(always)]
            fn cube_root<V: $crate::lanes::vector::Vector<Number = $number>>(x: V) -> V {
                $cbrt(x)
            }
        }
    };
    (@infix $name:ident $trait:ident $method:ident $op:ident) => {
        impl std::ops::$trait for $name {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                // SAFETY: the comment of the invoking module says why the machine supports the intrinsic.
                $name(unsafe { $op(self.0, other.0) })
            }
        }
    };
    (@mask $name:ident($bits:ty), and $and:expr, or $or:expr, not |$m:ident| $not:expr) => {
        #[doc = "The result of a comparison."]
        #[derive(Clone, Copy)]
        pub struct $name($bits);

        impl std::ops::BitAnd for $name {
            type Output = Self;
            #[inline(always)]
            #[allow(unused_unsafe, reason = "operators of integer masks are safe")]
            fn bitand(self, other: Self) -> Self {
                // SAFETY: the comment of the invoking module says why the machine supports the intrinsic.
                $name(unsafe { $and(self.0, other.0) })
            }
        }

        impl std::ops::BitOr for $name {
            type Output = Self;
            #[inline(always)]
            #[allow(unused_unsafe, reason = "operators of integer masks are safe")]
            fn bitor(self, other: Self) -> Self {
                // SAFETY: the comment of the invoking module says why the machine supports the intrinsic.
                $name(unsafe { $or(self.0, other.0) })
            }
        }

        impl std::ops::Not for $name {
            type Output = Self;
            #[inline(always)]
            #[allow(unused_unsafe, reason = "operators of integer masks are safe")]
            fn not(self) -> Self {
                let $m = self.0;
                // SAFETY: the comment of the invoking module says why the machine supports the intrinsic.
                $name(unsafe { $not })
            }
        }
    };
}

pub(crate) use register;
