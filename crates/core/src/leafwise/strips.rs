//! Loops over a strip of neighbouring rows for leafwise kernels: what is the columns' is read and written once for all rows.

use std::marker::PhantomData;

use crate::lanes::dispatch::{DispatchTable, Loop, Number, Signature};
use crate::lanes::isa::Isa;
use crate::lanes::vector::Vector;

/// Rows of a whole strip, which are worked on at once; the rows of a shorter one, one by one.
pub(super) const ROWS: usize = 4;

/// What is done to neighbouring rows of some arrays.
pub(super) trait Strip {
    /// Pointers to the first elements, and numbers.
    type Operands<T>;

    /// # Safety
    /// Rows `row .. row + N` of all arrays exist, and nobody else touches them.
    unsafe fn step<V: Vector, const N: usize>(operands: &Self::Operands<V::Number>, row: usize);
}

struct StripSignature<S>(PhantomData<S>);

impl<S: Strip> Signature for StripSignature<S> {
    type Args<T> = (usize, S::Operands<T>);
}

struct StripLoop<S>(PhantomData<S>);

impl<S: Strip> Loop for StripLoop<S> {
    type Signature = StripSignature<S>;

    #[inline(always)]
    unsafe fn run<V: Vector>((rows, operands): &(usize, S::Operands<V::Number>)) {
        // SAFETY: all arrays have so many rows, which the caller owns.
        unsafe {
            if *rows == ROWS {
                return S::step::<V, ROWS>(operands, 0);
            }
            for row in 0..*rows {
                S::step::<V, 1>(operands, row);
            }
        }
    }
}

/// Runs a strip of at most `ROWS` rows.
///
/// # Safety
/// Each array of the operands has so many rows, and nobody else touches them.
pub(super) unsafe fn run<S: Strip, T: Number>(isa: Isa, rows: usize, operands: S::Operands<T>) {
    let compiled = const { &DispatchTable::<StripSignature<S>>::of::<StripLoop<S>>() };
    // SAFETY: the caller's promise, passed on.
    unsafe { compiled.entry::<T>(isa)(&(rows, operands)) }
}
