//! Loops over neighbouring elements for leafwise kernels, compiled for every instruction set.

use std::marker::PhantomData;

use crate::lanes::dispatch::{DispatchTable, Loop, Number, Signature};
use crate::lanes::isa::Isa;
use crate::lanes::vector::{LANES, Vector};

/// What is done to neighbouring elements of some arrays.
pub(super) trait Row {
    /// Pointers to the first elements, and numbers.
    type Operands<T>;

    /// # Safety
    /// Elements `at .. at + V::WIDTH` of all arrays exist, and nobody else touches them.
    unsafe fn step<V: Vector>(operands: &Self::Operands<V::Number>, at: usize);
}

struct RowSignature<R>(PhantomData<R>);

impl<R: Row> Signature for RowSignature<R> {
    type Args<T> = (usize, R::Operands<T>);
}

struct RowLoop<R>(PhantomData<R>);

impl<R: Row> Loop for RowLoop<R> {
    type Signature = RowSignature<R>;

    #[inline(always)]
    unsafe fn run<V: Vector>((n, operands): &(usize, R::Operands<V::Number>)) {
        const { assert!(V::WIDTH <= LANES) }
        let mut at = 0;
        while at + V::WIDTH <= *n {
            // SAFETY: all arrays have n elements, which the caller owns.
            unsafe { R::step::<V>(operands, at) }
            at += V::WIDTH;
        }
        while at < *n {
            // SAFETY: as above.
            unsafe { R::step::<V::One>(operands, at) }
            at += 1;
        }
    }
}

/// Runs a row over `n` elements.
///
/// # Safety
/// Each array of the operands has `n` elements, and nobody else touches them.
pub(super) unsafe fn run<R: Row, T: Number>(isa: Isa, n: usize, operands: R::Operands<T>) {
    let compiled = const { &DispatchTable::<RowSignature<R>>::of::<RowLoop<R>>() };
    // SAFETY: the caller's promise, passed on.
    unsafe { compiled.entry::<T>(isa)(&(n, operands)) }
}
