//! Multiplication by a step size, and weight decay.

use super::kernel::kernels;

kernels! {
    /// Multiplies by a step size.
    scale(u;; step_size) { step_size * u }

    /// Replaces the update by 0.
    set_to_zero(u;;) { L::splat(0.0) }

    /// Weight decay: `u + weight_decay * p`.
    add_decayed_weights(u, p;; weight_decay) { u + weight_decay * p }
}
