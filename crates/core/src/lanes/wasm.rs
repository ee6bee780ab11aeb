//! Vector registers of WebAssembly.
//!
//! SAFETY: the intrinsics need simd128, and this module exists only where the whole crate is compiled for it.

use std::arch::wasm32::*;

use super::cbrt::{cbrt_f32, cbrt_f64};
use super::registers::register;
use crate::lanes::pair::Pair;

register!(@mask Mask32x4(v128), and v128_and, or v128_or, not |m| v128_not(m));
register!(
    F32x4(v128): 4 x f32, pair Pair<Self>, fuses false, mask Mask32x4(v128), tanh libm::tanhf, cbrt cbrt_f32,
    splat f32x4_splat, load v128_load, store v128_store,
    wide Pair<F64x2>,
    widen |x| Pair(F64x2(f64x2_promote_low_f32x4(x.0)), F64x2(f64x2_promote_low_f32x4(u64x2_shuffle::<1, 1>(x.0, x.0)))),
    narrow |x| F32x4(u64x2_shuffle::<0, 2>(f32x4_demote_f64x2_zero(x.0.0), f32x4_demote_f64x2_zero(x.1.0))),
    add f32x4_add, sub f32x4_sub, mul f32x4_mul, div f32x4_div, sqrt f32x4_sqrt,
    neg |x| f32x4_neg(x), abs |x| f32x4_abs(x),
    lt |a, b| f32x4_lt(a, b), le |a, b| f32x4_le(a, b), eq |a, b| f32x4_eq(a, b),
    select |m, yes, no| v128_bitselect(yes, no, m)
);

register!(@mask Mask64x2(v128), and v128_and, or v128_or, not |m| v128_not(m));
register!(
    F64x2(v128): 2 x f64, pair Pair<Self>, fuses false, mask Mask64x2(v128), tanh libm::tanh, cbrt cbrt_f64,
    splat f64x2_splat, load v128_load, store v128_store,
    wide Self, widen |x| x, narrow |x| x,
    add f64x2_add, sub f64x2_sub, mul f64x2_mul, div f64x2_div, sqrt f64x2_sqrt,
    neg |x| f64x2_neg(x), abs |x| f64x2_abs(x),
    lt |a, b| f64x2_lt(a, b), le |a, b| f64x2_le(a, b), eq |a, b| f64x2_eq(a, b),
    select |m, yes, no| v128_bitselect(yes, no, m)
);
