//! Variants of Adam from `optax.contrib`; `c1` and `c2` are `1 / (1 - decay^t)`.

use super::kernel::kernels;

kernels! {
    /// ACProp: divides by the root of the second moment of `u - mu` before this step; in the first step `c2` is 0, and the divisor 1.
    scale_by_acprop(u; mu, nu; b1, one_minus_b1, b2, one_minus_b2, c2, eps, eps_root) {
        let error = u - mu;
        let past = L::select(c2.eq(L::splat(0.0)), L::splat(1.0), nu * c2);
        mu = one_minus_b1 * u + b1 * mu;
        nu = one_minus_b2 * (error * error) + b2 * nu + eps_root;
        u / (past.sqrt() + eps)
    }

    /// AdEMAMix: a fast average, bias-corrected, plus `alpha` times a slow one, which is not.
    scale_by_ademamix(u; m1, m2, nu; b1, one_minus_b1, b2, one_minus_b2, b3, one_minus_b3, alpha, c1, c2, eps, eps_root) {
        m1 = one_minus_b1 * u + b1 * m1;
        m2 = one_minus_b3 * u + b3 * m2;
        nu = one_minus_b2 * (u * u) + b2 * nu;
        (m1 * c1 + alpha * m2) / ((nu * c2 + eps_root).sqrt() + eps)
    }

    /// Simplified AdEMAMix: a decaying sum of updates plus `alpha` times the current one.
    scale_by_simplified_ademamix(u; m, n; b1, b2, alpha, c2, eps, eps_root) {
        let square = u * u;
        m = u + b1 * m;
        n = square + b2 * (n - square);
        (m + alpha * u) / ((n * c2 + eps_root).sqrt() + eps)
    }

    /// ADOPT: momentum of updates that are divided by the root of the second moment before this step, and clipped to `clip`.
    scale_by_adopt(u; mu, nu; b1, one_minus_b1, b2, one_minus_b2, eps, clip) {
        let scaled = (u / nu.sqrt().max(eps)).max(-clip).min(clip);
        mu = one_minus_b1 * scaled + b1 * mu;
        nu = one_minus_b2 * (u * u) + b2 * nu;
        mu
    }

    /// ADOPT with Nesterov momentum.
    scale_by_adopt_nesterov(u; mu, nu; b1, one_minus_b1, b2, one_minus_b2, eps, clip) {
        let scaled = (u / nu.sqrt().max(eps)).max(-clip).min(clip);
        mu = one_minus_b1 * scaled + b1 * mu;
        nu = one_minus_b2 * (u * u) + b2 * nu;
        one_minus_b1 * scaled + b1 * mu
    }
}
