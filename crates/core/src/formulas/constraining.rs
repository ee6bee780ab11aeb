//! Constraints on updates and parameters.

use super::kernel::kernels;

kernels! {
    /// Replaces NaN by 0.
    zero_nans(u;;) { L::select(u.is_nan(), L::splat(0.0), u) }

    /// Limits updates so that no parameter becomes negative.
    keep_params_nonnegative(u, p;;) { L::select((p + u).lt(L::splat(0.0)), -p, u) }
}
