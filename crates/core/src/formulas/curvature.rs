//! Steps that are divided by the diagonal of the Hessian.

use super::kernel::kernels;

kernels! {
    /// Sophia: momentum over the diagonal `nu`, clipped; keeps the gradient. `c1` is `1 / (1 - b1^t)`.
    scale_by_sophia(u; mu, nu, kept; b1, one_minus_b1, c1, gamma, eps, clip) {
        kept = u;
        mu = one_minus_b1 * u + b1 * mu;
        (mu * c1 / (gamma * nu).max(eps)).max(-clip).min(clip)
    }

    /// Exchanges the update with what was kept.
    exchange(u; kept;) {
        let update = kept;
        kept = u;
        update
    }

    /// Takes a new estimate of the diagonal into its moving average; the update is what was kept.
    sophia_hessian(u; nu, kept; b2, one_minus_b2) {
        nu = one_minus_b2 * u + b2 * nu;
        kept
    }
}
