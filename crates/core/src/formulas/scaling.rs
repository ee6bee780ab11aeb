use super::kernel::kernels;

kernels! {
    /// Multiplies by a step size.
    scale(u;; step_size) { step_size * u }

    /// Forgets the update.
    set_to_zero(u;;) { L::splat(0.0) }

    /// Adds the weights, scaled: `u + weight_decay * p`.
    add_decayed_weights(u, p;; weight_decay) { u + weight_decay * p }
}
