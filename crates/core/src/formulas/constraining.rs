//! Updates bent to a constraint.

use super::kernel::kernels;

kernels! {
    /// 0 in place of NaN.
    zero_nans(u;;) { L::select(u.is_nan(), L::splat(0.0), u) }

    /// No update makes a parameter negative.
    keep_params_nonnegative(u, p;;) { L::select((p + u).lt(L::splat(0.0)), -p, u) }
}
