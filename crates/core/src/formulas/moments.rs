//! Variants of Adam; `c1`, `c2`, … are `1 / (1 - decay^t)`.

use super::kernel::kernels;

kernels! {
    /// AMSGrad, with the maximum of bias-corrected second moments: `nu_max = max(nu_max, nu * c2)`.
    scale_by_amsgrad(u; mu, nu, nu_max; b1, one_minus_b1, b2, one_minus_b2, c1, c2, eps, eps_root) {
        mu = one_minus_b1 * u + b1 * mu;
        nu = one_minus_b2 * (u * u) + b2 * nu;
        nu_max = nu_max.max(nu * c2);
        mu * c1 / ((nu_max + eps_root).sqrt() + eps)
    }

    /// AdaMax: `nu = max(|u| + eps, b2 * nu)`, without `eps` in the division.
    scale_by_adamax(u; mu, nu; b1, one_minus_b1, b2, c1, eps) {
        mu = one_minus_b1 * u + b1 * mu;
        nu = (u.abs() + eps).max(b2 * nu);
        mu * c1 / nu
    }

    /// Adan; `started` is 0 in the first step, where the difference of gradients is 0, and 1 in all later ones.
    scale_by_adan(u; m, v, n, g; b1, one_minus_b1, b2, one_minus_b2, b3, one_minus_b3, c1, c2, c3, eps, eps_root, started) {
        let diff = L::select(L::splat(0.0).lt(started), u - g, L::splat(0.0));
        m = one_minus_b1 * u + b1 * m;
        v = one_minus_b2 * diff + b2 * v;
        let ahead = u + one_minus_b2 * diff;
        n = one_minus_b3 * (ahead * ahead) + b3 * n;
        g = u;
        (m * c1 + one_minus_b2 * (v * c2)) / ((n * c3 + eps_root).sqrt() + eps)
    }

    /// AdaBelief: `nu` is the second moment of `u - mu`, with `eps_root` added in each step.
    scale_by_belief(u; mu, nu; b1, one_minus_b1, b2, one_minus_b2, c1, c2, eps, eps_root) {
        mu = one_minus_b1 * u + b1 * mu;
        let error = u - mu;
        nu = one_minus_b2 * (error * error) + b2 * nu + eps_root;
        mu * c1 / ((nu * c2).sqrt() + eps)
    }

    /// AdaBelief with Nesterov momentum, with `c1_next = 1 / (1 - b1^(t + 1))`.
    scale_by_belief_nesterov(u; mu, nu; b1, one_minus_b1, b2, one_minus_b2, c1, c1_next, c2, eps, eps_root) {
        mu = one_minus_b1 * u + b1 * mu;
        let error = u - mu;
        nu = one_minus_b2 * (error * error) + b2 * nu + eps_root;
        (b1 * (mu * c1_next) + one_minus_b1 * (u * c1)) / ((nu * c2).sqrt() + eps)
    }

    /// Yogi: the second moment moves towards `u²` by a fixed share of it.
    scale_by_yogi(u; mu, nu; b1, one_minus_b1, one_minus_b2, c1, c2, eps, eps_root) {
        let square = u * u;
        mu = one_minus_b1 * u + b1 * mu;
        nu = nu - one_minus_b2 * (nu - square).sign() * square;
        mu * c1 / ((nu * c2 + eps_root).sqrt() + eps)
    }

    /// RAdam; `rectify` is the rectification term, or -1 while the variance is not tractable.
    scale_by_radam(u; mu, nu; b1, one_minus_b1, b2, one_minus_b2, c1, c2, eps, eps_root, rectify) {
        mu = one_minus_b1 * u + b1 * mu;
        nu = one_minus_b2 * (u * u) + b2 * nu;
        let ahead = mu * c1;
        let rectified = rectify * ahead / ((nu * c2 + eps_root).sqrt() + eps);
        L::select(L::splat(0.0).le(rectify), rectified, ahead)
    }

    /// RAdam with Nesterov momentum, with `c1_next = 1 / (1 - b1^(t + 1))`.
    scale_by_radam_nesterov(u; mu, nu; b1, one_minus_b1, b2, one_minus_b2, c1, c1_next, c2, eps, eps_root, rectify) {
        mu = one_minus_b1 * u + b1 * mu;
        nu = one_minus_b2 * (u * u) + b2 * nu;
        let ahead = b1 * (mu * c1_next) + one_minus_b1 * (u * c1);
        let rectified = rectify * ahead / ((nu * c2 + eps_root).sqrt() + eps);
        L::select(L::splat(0.0).le(rectify), rectified, ahead)
    }
}
