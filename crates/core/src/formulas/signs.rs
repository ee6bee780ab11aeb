//! Updates by the sign of the gradient or of the momentum, and the optimistic gradient.

use super::kernel::kernels;

kernels! {
    /// Sign of the update.
    scale_by_sign(u; ;) {
        u.sign()
    }

    /// Lion: the sign of an interpolation between gradient and momentum.
    scale_by_lion(u; mu; b1, one_minus_b1, b2, one_minus_b2) {
        let mixed = one_minus_b1 * u + b1 * mu;
        mu = one_minus_b2 * u + b2 * mu;
        mixed.sign()
    }

    /// Lion with a hyperbolic tangent in place of the sign.
    scale_by_lion_smooth(u; mu; b1, one_minus_b1, b2, one_minus_b2, smooth_beta) {
        let mixed = one_minus_b1 * u + b1 * mu;
        mu = one_minus_b2 * u + b2 * mu;
        (smooth_beta * mixed).tanh()
    }

    /// Lion without the sign where the interpolation has a magnitude below 1: the interpolation itself is the update.
    scale_by_lion_refined(u; mu; b1, one_minus_b1, b2, one_minus_b2) {
        let mixed = one_minus_b1 * u + b1 * mu;
        mu = one_minus_b2 * u + b2 * mu;
        L::select(mixed.abs().lt(L::splat(1.0)), mixed, mixed.sign())
    }

    /// Rprop, as in Optax: the result is the update that the previous step stored, or 0 where the sign has changed.
    scale_by_rprop(u; step_sizes, prev_updates; eta_minus, eta_plus, min_step_size, max_step_size) {
        let zero = L::splat(0.0);
        let agreement = u * prev_updates;
        let factor = L::select(zero.lt(agreement), eta_plus, eta_minus);
        let moved = (step_sizes * factor).max(min_step_size).min(max_step_size);
        step_sizes = L::select(agreement.eq(zero), step_sizes, moved);
        let turned = agreement.lt(zero);
        let emitted = L::select(turned, zero, prev_updates);
        prev_updates = L::select(turned, zero, step_sizes * u.sign());
        emitted
    }

    /// Optimistic gradient: `started` is 0 in the first step, which uses its own gradient as the previous one, and 1 in all later ones.
    scale_by_optimistic_gradient(u; previous_gradient; alpha_plus_beta, beta, started) {
        let before = L::select(L::splat(0.0).lt(started), previous_gradient, u);
        previous_gradient = u;
        alpha_plus_beta * u - beta * before
    }
}
