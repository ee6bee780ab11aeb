//! Loops over a strip of neighbouring rows: values that belong to columns are loaded and stored once for all of its rows.

use std::marker::PhantomData;

use crate::lanes::dispatch::{DispatchTable, Loop, Number, Signature};
use crate::lanes::isa::Isa;
use crate::lanes::vector::Vector;

/// The number of rows of a full strip, which are processed together; rows of a shorter strip are processed one by one.
pub(super) const ROWS: usize = 4;

/// The step of a loop over neighbouring rows of arrays.
pub(super) trait Strip {
    /// Pointers to the first elements of the arrays, and constants.
    type Operands<T>;

    /// Processes `N` rows from `row` on.
    ///
    /// # Safety
    /// Rows `row .. row + N` of all arrays exist, and no other thread accesses them.
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
        // SAFETY: the caller guarantees that all arrays have these rows.
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
/// Each array of the operands has `rows` rows, and no other thread accesses them.
pub(super) unsafe fn run<S: Strip, T: Number>(isa: Isa, rows: usize, operands: S::Operands<T>) {
    let compiled = const { &DispatchTable::<StripSignature<S>>::of::<StripLoop<S>>() };
    // SAFETY: the caller guarantees the same.
    unsafe { compiled.entry::<T>(isa)(&(rows, operands)) }
}
