//! Lanes: numbers side by side, over which formulas are written, and loops over them, compiled for every instruction set.

pub(crate) mod cbrt;
pub(crate) mod dispatch;
pub(crate) mod dtype;
pub(crate) mod isa;
pub mod lane;
pub(crate) mod pack;
pub(crate) mod pair;
#[cfg_attr(
    not(any(target_arch = "x86_64", all(target_arch = "wasm32", target_feature = "simd128"))),
    allow(unused, reason = "this target has no register types")
)]
pub(crate) mod registers;
pub(crate) mod storage;
#[cfg(test)]
mod tests;
pub mod trace;
pub mod vector;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[allow(unused_unsafe, reason = "these intrinsics are safe")]
pub(crate) mod wasm;
#[cfg(target_arch = "x86_64")]
pub(crate) mod x86;
