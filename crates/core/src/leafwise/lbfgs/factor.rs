//! The vectors whose inner products are computed.

use std::ops::Range;

use crate::lanes::dispatch::Number;
use crate::lanes::isa::Isa;
use crate::lanes::vector::Vector;
use crate::leafwise::rows::{self, Row};

/// A vector of the inner products.
#[derive(Clone, Copy)]
pub(super) enum Factor<'a, T> {
    /// A vector in memory.
    Stored(&'a [T]),
    /// The first vector minus the second, rounded to the type of the leaf as a stored vector is.
    Difference(&'a [T], &'a [T]),
    /// Zeros, as many as the vector has elements.
    Zeros(&'a [T]),
}

impl<'a, T: Number> Factor<'a, T> {
    /// Writes some elements to the start of `wide`, and zeros to the rest.
    pub(super) fn widen(self, isa: Isa, elements: Range<usize>, wide: &mut [f64]) {
        let n = elements.len();
        let (wide, rest) = wide.split_at_mut(n);
        rest.fill(0.0);
        match self {
            Factor::Stored(x) => {
                let operands = (x[elements].as_ptr(), wide.as_mut_ptr());
                // SAFETY: both arrays have n elements.
                unsafe { rows::run::<Widen, T>(isa, n, operands) }
            }
            Factor::Difference(now, last) => {
                let [now, last] = [now, last].map(|array| array[elements.clone()].as_ptr());
                // SAFETY: all arrays have n elements.
                unsafe { rows::run::<Difference, T>(isa, n, (now, last, wide.as_mut_ptr())) }
            }
            Factor::Zeros(_) => wide.fill(0.0),
        }
    }

    /// Returns the memory to prefetch for some elements: that of the first vector, if there are two.
    pub(super) fn to_prefetch(self, elements: Range<usize>) -> &'a [T] {
        match self {
            Factor::Stored(x) | Factor::Difference(x, _) | Factor::Zeros(x) => &x[elements],
        }
    }
}

struct Widen;

impl Row for Widen {
    type Operands<T> = (*const T, *mut f64);

    #[inline(always)]
    unsafe fn step<V: Vector>(&(x, wide): &Self::Operands<V::Number>, at: usize) {
        // SAFETY: the caller guarantees that the elements exist.
        unsafe { V::load(x.add(at)).widen().store(wide.add(at)) }
    }
}

struct Difference;

impl Row for Difference {
    type Operands<T> = (*const T, *const T, *mut f64);

    #[inline(always)]
    unsafe fn step<V: Vector>(&(now, last, wide): &Self::Operands<V::Number>, at: usize) {
        // SAFETY: the caller guarantees that the elements exist.
        unsafe { (V::load(now.add(at)) - V::load(last.add(at))).widen().store(wide.add(at)) }
    }
}
