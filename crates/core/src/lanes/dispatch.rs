//! One loop, compiled once for each element type and instruction set.

use std::ops::Add;

use crate::lanes::dtype::Element;
use crate::lanes::isa::Isa;
use crate::lanes::pack::Pack;
use crate::lanes::storage::Stored;
use crate::lanes::vector::Vector;
#[cfg(target_arch = "x86_64")]
use crate::lanes::x86;

/// What a kind of loop is called with.
pub(crate) trait Signature {
    /// The operands, for numbers of one type.
    type Args<T>;
}

/// A loop written over any vector width.
pub(crate) trait Loop {
    type Signature: Signature;

    /// # Safety
    /// The operands are what the signature asks for.
    unsafe fn run<V: Vector>(args: &<Self::Signature as Signature>::Args<V::Number>);
}

type Args<L, T> = <<L as Loop>::Signature as Signature>::Args<T>;

/// A loop compiled for one element type and instruction set.
pub(crate) type CompiledLoop<S, T> = unsafe fn(&<S as Signature>::Args<T>);

unsafe fn baseline<L: Loop, V: Vector>(args: &Args<L, V::Number>) {
    // SAFETY: the caller's promise, passed on.
    unsafe { L::run::<V>(args) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2<L: Loop, V: Vector>(args: &Args<L, V::Number>) {
    // SAFETY: as above.
    unsafe { L::run::<V>(args) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn avx512<L: Loop, V: Vector>(args: &Args<L, V::Number>) {
    // SAFETY: as above.
    unsafe { L::run::<V>(args) }
}

/// The entries of one element type.
pub(crate) struct IsaTable<S: Signature, T> {
    baseline: CompiledLoop<S, T>,
    #[cfg(target_arch = "x86_64")]
    avx2: CompiledLoop<S, T>,
    #[cfg(target_arch = "x86_64")]
    avx512: CompiledLoop<S, T>,
}

/// The entries of every element type.
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

    /// The entry for a set; one for a set that the machine lacks must not be called.
    pub(crate) fn entry<T: Number>(&self, isa: Isa) -> CompiledLoop<S, T> {
        let entries = T::isa_table(self);
        match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => entries.avx2,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => entries.avx512,
            _ => entries.baseline,
        }
    }
}

/// From sizes m, k, n and matrices with their strides to `out = alpha * left * right + beta * out`.
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

/// A type that formulas compute in.
pub(crate) trait Number: Element + Stored + Default + Add<Output = Self> {
    /// A single lane.
    type One: Vector<Number = Self>;
    /// The lanes that every machine of this target has.
    type Baseline: Vector<Number = Self>;
    /// The product of matrices.
    const GEMM: Gemm<Self>;
    fn isa_table<S: Signature>(compiled: &DispatchTable<S>) -> &IsaTable<S, Self>;
    /// This number as a lane.
    fn lane(self) -> Self::One {
        Self::One::broadcast(self)
    }
    /// The number in a lane.
    fn number(lane: Self::One) -> Self;
    /// Rounds once.
    fn of(value: f64) -> Self;
    /// Exact.
    fn widen(self) -> f64;
    /// Room for numbers of this type where there is room for as many doubles.
    fn borrow(room: &mut [f64]) -> &mut [Self] {
        // SAFETY: a number is no larger than a double and needs no wider alignment; any bits are a number.
        unsafe { std::slice::from_raw_parts_mut(room.as_mut_ptr().cast(), room.len()) }
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
    fn isa_table<S: Signature>(compiled: &DispatchTable<S>) -> &IsaTable<S, f32> {
        &compiled.f32
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
    fn isa_table<S: Signature>(compiled: &DispatchTable<S>) -> &IsaTable<S, f64> {
        &compiled.f64
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
