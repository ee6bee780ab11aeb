//! Adam, with and without Nesterov momentum.

use super::kernel::kernels;

kernels! {
    /// Adam, with `c1 = 1 / (1 - b1^t)` and `c2 = 1 / (1 - b2^t)`.
    scale_by_adam(u; mu, nu; b1, one_minus_b1, b2, one_minus_b2, c1, c2, eps, eps_root) {
        mu = one_minus_b1 * u + b1 * mu;
        nu = one_minus_b2 * (u * u) + b2 * nu;
        mu * c1 / ((nu * c2 + eps_root).sqrt() + eps)
    }

    /// Adam with Nesterov momentum, with `c1_next = 1 / (1 - b1^(t + 1))`.
    scale_by_adam_nesterov(u; mu, nu; b1, one_minus_b1, b2, one_minus_b2, c1, c1_next, c2, eps, eps_root) {
        mu = one_minus_b1 * u + b1 * mu;
        nu = one_minus_b2 * (u * u) + b2 * nu;
        let ahead = b1 * (mu * c1_next) + one_minus_b1 * (u * c1);
        ahead / ((nu * c2 + eps_root).sqrt() + eps)
    }
}
