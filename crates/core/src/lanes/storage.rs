//! Storage of numbers in another type: conversion in software, so that all machines agree to the bit.

use std::ptr::copy_nonoverlapping;

use half::{bf16, f16};

use crate::lanes::dtype::Dtype;

/// A number type that can be loaded from and stored as another one, mostly a narrower one.
pub(crate) trait Stored: Copy {
    /// Converts `n` numbers from the type `storage`.
    ///
    /// # Safety
    /// `from` has `n` numbers of type `storage`, `to` has room for `n`, both aligned, and they do not overlap.
    unsafe fn load(storage: Dtype, from: *const u8, to: *mut Self, n: usize);
    /// Converts `n` numbers to the type `storage`, rounded to nearest, ties to even.
    ///
    /// # Safety
    /// `from` has `n` numbers, `to` has room for `n` of type `storage`, both aligned, and they do not overlap.
    unsafe fn store(storage: Dtype, from: *const Self, to: *mut u8, n: usize);
}

/// Converts `n` numbers, one after the other.
///
/// # Safety
/// `from` has `n` numbers, `to` has room for `n`, both aligned.
unsafe fn convert<A: Copy, B>(from: *const A, to: *mut B, n: usize, with: impl Fn(A) -> B) {
    for i in 0..n {
        // SAFETY: i is less than n, and the caller promises n numbers on both sides.
        unsafe { to.add(i).write(with(from.add(i).read())) }
    }
}

impl Stored for f32 {
    unsafe fn load(storage: Dtype, from: *const u8, to: *mut f32, n: usize) {
        // SAFETY: the caller promises n numbers on both sides, and no overlap.
        unsafe {
            match storage {
                Dtype::F16 => convert(from.cast(), to, n, f16::to_f32_const),
                Dtype::Bf16 => convert(from.cast(), to, n, bf16::to_f32_const),
                Dtype::F32 | Dtype::F64 => copy_nonoverlapping(from.cast(), to, n),
            }
        }
    }

    unsafe fn store(storage: Dtype, from: *const f32, to: *mut u8, n: usize) {
        // SAFETY: the caller promises n numbers on both sides, and no overlap.
        unsafe {
            match storage {
                Dtype::F16 => convert(from, to.cast(), n, f16::from_f32_const),
                Dtype::Bf16 => convert(from, to.cast(), n, bf16::from_f32_const),
                Dtype::F32 | Dtype::F64 => copy_nonoverlapping(from, to.cast(), n),
            }
        }
    }
}

impl Stored for f64 {
    unsafe fn load(storage: Dtype, from: *const u8, to: *mut f64, n: usize) {
        // SAFETY: the caller promises n numbers on both sides, and no overlap.
        unsafe {
            match storage {
                Dtype::F16 => convert(from.cast(), to, n, f16::to_f64_const),
                Dtype::Bf16 => convert(from.cast(), to, n, bf16::to_f64_const),
                Dtype::F32 => convert(from.cast::<f32>(), to, n, f64::from),
                Dtype::F64 => copy_nonoverlapping(from.cast(), to, n),
            }
        }
    }

    unsafe fn store(storage: Dtype, from: *const f64, to: *mut u8, n: usize) {
        // SAFETY: the caller promises n numbers on both sides, and no overlap.
        unsafe {
            match storage {
                Dtype::F16 => convert(from, to.cast(), n, f16::from_f64_const),
                Dtype::Bf16 => convert(from, to.cast(), n, bf16::from_f64_const),
                Dtype::F32 => convert(from, to.cast(), n, |x| x as f32),
                Dtype::F64 => copy_nonoverlapping(from, to.cast(), n),
            }
        }
    }
}
