//! The kernels with which passes end.

use super::kernel::kernels;

kernels! {
    /// Applies the update: `p + u`.
    apply(u, p;;) { p + u }

    /// Returns the update unchanged.
    identity(u;;) { u }
}
