//! Sophia: steps divided by the diagonal of the Hessian.

use super::kernel::kernels;

kernels! {
    /// Sophia: momentum divided by the diagonal `nu`, clipped. Stores the gradient in `kept`. `c1` is `1 / (1 - b1^t)`.
    scale_by_sophia(u; mu, nu, kept; b1, one_minus_b1, c1, gamma, eps, clip) {
        kept = u;
        mu = one_minus_b1 * u + b1 * mu;
        (mu * c1 / (gamma * nu).max(eps)).max(-clip).min(clip)
    }

    /// Swaps the update with the slot `kept`.
    exchange(u; kept;) {
        let update = kept;
        kept = u;
        update
    }

    /// Updates the moving average of the diagonal with the estimate `u`. Returns `kept` as the update.
    sophia_hessian(u; nu, kept; b2, one_minus_b2) {
        nu = one_minus_b2 * u + b2 * nu;
        kept
    }
}
