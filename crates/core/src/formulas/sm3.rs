//! SM3: updates divided by the root of accumulators, of which only covers along each axis are stored.

use super::kernel::kernels;
use crate::lanes::lane::Lane;

/// Returns the accumulator of an element: its square added to the least of its covers, each weighted.
#[inline(always)]
pub(crate) fn accumulator<L: Lane>(u: L, cover: L, b2: L, square_factor: L) -> L {
    square_factor * (u * u) + b2 * cover
}

kernels! {
    /// Momentum of updates divided by the root of their accumulators, or 0 if that is 0. `column` has the covers of the last axis; `row`, for
    /// each index along the other axes, the least of theirs.
    scale_by_sm3(u; row: broadcast, column: broadcast, nu; b1, one_minus_b1, b2, square_factor, eps) {
        let accumulator = accumulator(u, row.min(column), b2, square_factor);
        let zero = L::splat(0.0);
        let step = L::select(zero.lt(accumulator), u / (accumulator + eps).sqrt(), zero * u);
        nu = one_minus_b1 * step + b1 * nu;
        nu
    }
}
