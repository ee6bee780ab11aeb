//! Loops over neighbouring elements of arrays, compiled for every instruction set.

use std::marker::PhantomData;

use crate::lanes::dispatch::{DispatchTable, Loop, Number, Signature};
use crate::lanes::isa::Isa;
use crate::lanes::vector::{LANES, Vector};

/// The step of a loop over neighbouring elements of arrays.
pub(super) trait Row {
    /// Pointers to the first elements of the arrays, and constants.
    type Operands<T>;

    /// Processes elements `at .. at + V::WIDTH`.
    ///
    /// # Safety
    /// Elements `at .. at + V::WIDTH` of all arrays exist, and no other thread accesses them.
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
            // SAFETY: the caller guarantees that all arrays have n elements.
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

/// Runs the loop over `n` elements.
///
/// # Safety
/// Each array of the operands has `n` elements, and no other thread accesses them.
pub(super) unsafe fn run<R: Row, T: Number>(isa: Isa, n: usize, operands: R::Operands<T>) {
    let compiled = const { &DispatchTable::<RowSignature<R>>::of::<RowLoop<R>>() };
    // SAFETY: the caller guarantees the same.
    unsafe { compiled.entry::<T>(isa)(&(n, operands)) }
}
