//! Optimizers from `optax.contrib` that adapt their step size, and MADGRAD.

use super::kernel::kernels;

kernels! {
    /// COCOB: coin betting, relative to the initial parameters `init_particles`.
    scale_by_cocob(u, p; init_particles, cumulative_gradients, scale, subgradients, reward; alpha) {
        scale = scale.max(u.abs());
        subgradients = subgradients + u.abs();
        reward = (reward - u * (p - init_particles)).max(L::splat(0.0));
        cumulative_gradients = cumulative_gradients - u;
        let divisor = scale * (subgradients + scale).max(alpha * scale);
        -p + (init_particles + cumulative_gradients / divisor * (scale + reward))
    }

    /// D-Adaptation of AdamW; `gain` and `sum_gain` weight the update in the averages, `shrink` is the weight decay of this step.
    dadapt_adamw(u, p; exp_avg, exp_avg_sq, grad_sum; beta1, beta2, one_minus_beta2, sb2, gain, sum_gain, shrink, eps) {
        exp_avg = beta1 * exp_avg + gain * u;
        exp_avg_sq = beta2 * exp_avg_sq + one_minus_beta2 * u * u;
        grad_sum = sb2 * grad_sum + sum_gain * u;
        -shrink * p - exp_avg / (exp_avg_sq.sqrt() + eps)
    }

    /// Prodigy, first part: averages of the updates, scaled by the estimate `estim_lr`. Returns `u` unchanged.
    prodigy_averages(u; exp_avg, exp_avg_sq, grad_sum; beta1, one_minus_beta1, beta2, one_minus_beta2, beta3, estim_lr, sum_gain) {
        let scaled = estim_lr * u;
        exp_avg = beta1 * exp_avg + one_minus_beta1 * scaled;
        exp_avg_sq = beta2 * exp_avg_sq + one_minus_beta2 * scaled * scaled;
        grad_sum = beta3 * grad_sum + sum_gain * scaled;
        u
    }

    /// Prodigy, second part: the step, from the averages.
    prodigy(u, p; exp_avg, exp_avg_sq; step_size, weight_decay, eps) {
        -(weight_decay * step_size) * p - step_size * exp_avg / (exp_avg_sq.sqrt() + eps)
    }

    /// MADGRAD: dual averaging over the cube root of weighted squares, with momentum.
    @deep
    scale_by_madgrad(u, p; grad_sum_sq, s, x0; lamb, momentum, one_minus_momentum, eps) {
        grad_sum_sq = grad_sum_sq + lamb * (u * u);
        s = s + lamb * u;
        let z = x0 - s / (grad_sum_sq.cbrt() + eps);
        one_minus_momentum * z + momentum * p - p
    }

    /// MoMo, first part: the momentum.
    momo_average(u; exp_avg; beta, one_minus_beta) {
        exp_avg = beta * exp_avg + one_minus_beta * u;
        exp_avg
    }

    /// MoMo-Adam, first part: the moments. Returns the first divided by the root of the second.
    momo_adam_average(u; exp_avg, exp_avg_sq; b1, one_minus_b1, b2, one_minus_b2, c2, eps) {
        exp_avg = b1 * exp_avg + one_minus_b1 * u;
        exp_avg_sq = b2 * exp_avg_sq + one_minus_b2 * u * u;
        exp_avg / (eps + (exp_avg_sq * c2).sqrt())
    }

    /// MoMo and MoMo-Adam, second part: the step, with the step size `tau` and the weight decay `shrink`.
    momo(u, p;; shrink, tau) { -shrink * p - tau * u }

    /// Divides updates by their global norm, unless it is 0.
    normalize(u;; norm) { L::select(norm.eq(L::splat(0.0)), u, u / norm) }
}
