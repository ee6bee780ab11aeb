//! How numbers of one type are kept as another: converted in software, so that bits agree everywhere.

use std::ptr::copy_nonoverlapping;

use half::{bf16, f16};

use crate::lanes::dtype::Dtype;

/// Reads and writes numbers of a type that other numbers can stand for.
pub(crate) trait Stored: Copy {
    /// Reads `n` numbers kept as `storage`.
    ///
    /// # Safety
    /// Both sides hold `n` numbers.
    unsafe fn load(storage: Dtype, from: *const u8, to: *mut Self, n: usize);
    /// Writes `n` numbers to be kept as `storage`, rounded to nearest even.
    ///
    /// # Safety
    /// Both sides hold `n` numbers.
    unsafe fn store(storage: Dtype, from: *const Self, to: *mut u8, n: usize);
}

unsafe fn convert<A: Copy, B>(from: *const A, to: *mut B, n: usize, with: impl Fn(A) -> B) {
    for i in 0..n {
        // SAFETY: the caller says that both sides hold n.
        unsafe { to.add(i).write(with(from.add(i).read())) }
    }
}

impl Stored for f32 {
    unsafe fn load(storage: Dtype, from: *const u8, to: *mut f32, n: usize) {
        // SAFETY: the caller says that both sides hold n.
        unsafe {
            match storage {
                Dtype::F16 => convert(from.cast(), to, n, f16::to_f32_const),
                Dtype::Bf16 => convert(from.cast(), to, n, bf16::to_f32_const),
                Dtype::F32 | Dtype::F64 => copy_nonoverlapping(from.cast(), to, n),
            }
        }
    }

    unsafe fn store(storage: Dtype, from: *const f32, to: *mut u8, n: usize) {
        // SAFETY: the caller says that both sides hold n.
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
        // SAFETY: the caller says that both sides hold n.
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
        // SAFETY: the caller says that both sides hold n.
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
