use super::kernel::kernels;

kernels! {
    /// The parameters after the update: `p + u`.
    apply(u, p;;) { p + u }

    /// The update as it is.
    identity(u;;) { u }
}
