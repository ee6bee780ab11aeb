//! Contributed optimizers that find their own step size, and dual averaging.

use super::kernel::kernels;

kernels! {
    /// COCOB: each parameter bets a share of its reward, from where it started.
    scale_by_cocob(u, p; init_particles, cumulative_gradients, scale, subgradients, reward; alpha) {
        scale = scale.max(u.abs());
        subgradients = subgradients + u.abs();
        reward = (reward - u * (p - init_particles)).max(L::splat(0.0));
        cumulative_gradients = cumulative_gradients - u;
        let divisor = scale * (subgradients + scale).max(alpha * scale);
        -p + (init_particles + cumulative_gradients / divisor * (scale + reward))
    }

    /// D-Adaptation of AdamW; `gain` and `sum_gain` are the shares of the step in its averages, `shrink` that of the weights.
    dadapt_adamw(u, p; exp_avg, exp_avg_sq, grad_sum; beta1, beta2, one_minus_beta2, sb2, gain, sum_gain, shrink, eps) {
        exp_avg = beta1 * exp_avg + gain * u;
        exp_avg_sq = beta2 * exp_avg_sq + one_minus_beta2 * u * u;
        grad_sum = sb2 * grad_sum + sum_gain * u;
        -shrink * p - exp_avg / (exp_avg_sq.sqrt() + eps)
    }

    /// The averages of Prodigy, over updates scaled by the estimate; leaves `u` as it is.
    prodigy_averages(u; exp_avg, exp_avg_sq, grad_sum; beta1, one_minus_beta1, beta2, one_minus_beta2, beta3, estim_lr, sum_gain) {
        let scaled = estim_lr * u;
        exp_avg = beta1 * exp_avg + one_minus_beta1 * scaled;
        exp_avg_sq = beta2 * exp_avg_sq + one_minus_beta2 * scaled * scaled;
        grad_sum = beta3 * grad_sum + sum_gain * scaled;
        u
    }

    /// The step of Prodigy from its averages.
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

    /// The momentum of MoMo.
    momo_average(u; exp_avg; beta, one_minus_beta) {
        exp_avg = beta * exp_avg + one_minus_beta * u;
        exp_avg
    }

    /// The moments of MoMo-Adam; gives the first divided by the root of the second.
    momo_adam_average(u; exp_avg, exp_avg_sq; b1, one_minus_b1, b2, one_minus_b2, c2, eps) {
        exp_avg = b1 * exp_avg + one_minus_b1 * u;
        exp_avg_sq = b2 * exp_avg_sq + one_minus_b2 * u * u;
        exp_avg / (eps + (exp_avg_sq * c2).sqrt())
    }

    /// The step of MoMo along its direction `u`.
    momo(u, p;; shrink, tau) { -shrink * p - tau * u }

    /// Divided by the norm of all updates; zeros stay zeros.
    normalize(u;; norm) { L::select(norm.eq(L::splat(0.0)), u, u / norm) }
}
