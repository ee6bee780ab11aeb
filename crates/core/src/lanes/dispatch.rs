//! Dispatch of loops: each is compiled once for each number type and instruction set, and chosen when a plan is compiled.

use std::ops::Add;

use crate::lanes::dtype::Element;
use crate::lanes::isa::Isa;
use crate::lanes::pack::Pack;
use crate::lanes::storage::Stored;
use crate::lanes::vector::Vector;
#[cfg(target_arch = "x86_64")]
use crate::lanes::x86;

/// The arguments of a kind of loop.
pub(crate) trait Signature {
    /// The arguments for numbers of type `T`.
    type Args<T>;
}

/// A loop written over vectors of any width.
pub(crate) trait Loop {
    type Signature: Signature;

    /// Runs the loop over vectors of type `V`.
    ///
    /// # Safety
    /// The arguments are as the signature's `Args` describe them.
    unsafe fn run<V: Vector>(args: &<Self::Signature as Signature>::Args<V::Number>);
}

type Args<L, T> = <<L as Loop>::Signature as Signature>::Args<T>;

/// A loop compiled for one number type and instruction set; the caller has to run on a machine that supports the set.
pub(crate) type CompiledLoop<S, T> = unsafe fn(&<S as Signature>::Args<T>);

unsafe fn baseline<L: Loop, V: Vector>(args: &Args<L, V::Number>) {
    // SAFETY: the caller gives arguments as the signature describes them.
    unsafe { L::run::<V>(args) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2<L: Loop, V: Vector>(args: &Args<L, V::Number>) {
    // SAFETY: the caller gives arguments as the signature describes them, and runs on a machine with AVX2 and FMA.
    unsafe { L::run::<V>(args) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn avx512<L: Loop, V: Vector>(args: &Args<L, V::Number>) {
    // SAFETY: the caller gives arguments as the signature describes them, and runs on a machine with AVX-512.
    unsafe { L::run::<V>(args) }
}

/// A loop compiled for one number type and every instruction set.
pub(crate) struct IsaTable<S: Signature, T> {
    baseline: CompiledLoop<S, T>,
    #[cfg(target_arch = "x86_64")]
    avx2: CompiledLoop<S, T>,
    #[cfg(target_arch = "x86_64")]
    avx512: CompiledLoop<S, T>,
}

/// A loop compiled for every number type and every instruction set.
pub(crate) struct DispatchTable<S: Signature> {
    f32: IsaTable<S, f32>,
    f64: IsaTable<S, f64>,
}

impl<S: Signature> DispatchTable<S> {
    pub(crate) const fn of<L: Loop<Signature = S>>() -> Self {
        DispatchTable {
            f32: IsaTable {
                baseline: baseline::<L, <f32 as Number>::Baseline>,
                #[cfg(target_arch = "x86_64")]
                avx2: avx2::<L, x86::F32x8>,
                #[cfg(target_arch = "x86_64")]
                avx512: avx512::<L, x86::F32x16>,
            },
            f64: IsaTable {
                baseline: baseline::<L, <f64 as Number>::Baseline>,
                #[cfg(target_arch = "x86_64")]
                avx2: avx2::<L, x86::F64x4>,
                #[cfg(target_arch = "x86_64")]
                avx512: avx512::<L, x86::F64x8>,
            },
        }
    }

    /// Returns the loop compiled for a number type and an instruction set.
    pub(crate) fn entry<T: Number>(&self, isa: Isa) -> CompiledLoop<S, T> {
        let table = T::isa_table(self);
        match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => table.avx2,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => table.avx512,
            _ => table.baseline,
        }
    }
}

/// The matrix product of BLAS, `out = alpha * left * right + beta * out`: its parameters are m, k, n, alpha, left with its row and column
/// strides, right likewise, beta, and out likewise.
pub(crate) type Gemm<T> = unsafe fn(
    usize,
    usize,
    usize,
    T,
    *const T,
    isize,
    isize,
    *const T,
    isize,
    isize,
    T,
    *mut T,
    isize,
    isize,
);

/// A number type in which formulas compute: f32 or f64.
pub(crate) trait Number: Element + Stored + Default + Add<Output = Self> {
    /// A vector of one lane.
    type One: Vector<Number = Self>;
    /// The vector of the instruction set that every machine of this target supports.
    type Baseline: Vector<Number = Self>;
    /// The matrix product for this type.
    const GEMM: Gemm<Self>;
    /// Returns the part of a dispatch table for this type.
    fn isa_table<S: Signature>(table: &DispatchTable<S>) -> &IsaTable<S, Self>;
    /// Converts a number to a lane.
    fn lane(self) -> Self::One {
        Self::One::broadcast(self)
    }
    /// Converts a lane to a number.
    fn number(lane: Self::One) -> Self;
    /// Converts a number from double precision, with one rounding.
    fn of(value: f64) -> Self;
    /// Converts a number to double precision, exactly.
    fn widen(self) -> f64;
    /// Borrows memory for doubles as memory for as many numbers of this type.
    fn borrow(doubles: &mut [f64]) -> &mut [Self] {
        // SAFETY: f32 and f64 are no larger than f64 and need no stricter alignment, and any bits are a number.
        unsafe { std::slice::from_raw_parts_mut(doubles.as_mut_ptr().cast(), doubles.len()) }
    }
}

impl Number for f32 {
    type One = Pack<f32, 1>;
    #[cfg(target_arch = "x86_64")]
    type Baseline = x86::F32x4;
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    type Baseline = crate::lanes::wasm::F32x4;
    #[cfg(not(any(target_arch = "x86_64", all(target_arch = "wasm32", target_feature = "simd128"))))]
    type Baseline = Pack<f32, 4>;
    const GEMM: Gemm<f32> = matrixmultiply::sgemm;
    fn isa_table<S: Signature>(table: &DispatchTable<S>) -> &IsaTable<S, f32> {
        &table.f32
    }
    fn number(lane: Pack<f32, 1>) -> f32 {
        lane.0[0]
    }
    fn of(value: f64) -> f32 {
        value as f32
    }
    fn widen(self) -> f64 {
        self.into()
    }
}

impl Number for f64 {
    type One = Pack<f64, 1>;
    #[cfg(target_arch = "x86_64")]
    type Baseline = x86::F64x2;
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    type Baseline = crate::lanes::wasm::F64x2;
    #[cfg(not(any(target_arch = "x86_64", all(target_arch = "wasm32", target_feature = "simd128"))))]
    type Baseline = Pack<f64, 2>;
    const GEMM: Gemm<f64> = matrixmultiply::dgemm;
    fn isa_table<S: Signature>(table: &DispatchTable<S>) -> &IsaTable<S, f64> {
        &table.f64
    }
    fn number(lane: Pack<f64, 1>) -> f64 {
        lane.0[0]
    }
    fn of(value: f64) -> f64 {
        value
    }
    fn widen(self) -> f64 {
        self
    }
}
