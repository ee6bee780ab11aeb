//! SM3: scaled by the root of an accumulator of which one cover per axis is kept.

use super::kernel::kernels;
use crate::lanes::lane::Lane;

/// The accumulator of an element under the least of its covers.
#[inline(always)]
pub(crate) fn accumulator<L: Lane>(u: L, cover: L, b2: L, square_factor: L) -> L {
    square_factor * (u * u) + b2 * cover
}

kernels! {
    /// Momentum of updates divided by the root of their accumulators; 0 where that is 0. `row` and `column` cover the last axis and the others.
    scale_by_sm3(u; row: broadcast, column: broadcast, nu; b1, one_minus_b1, b2, square_factor, eps) {
        let accumulator = accumulator(u, row.min(column), b2, square_factor);
        let zero = L::splat(0.0);
        let step = L::select(zero.lt(accumulator), u / (accumulator + eps).sqrt(), zero * u);
        nu = one_minus_b1 * step + b1 * nu;
        nu
    }
}
