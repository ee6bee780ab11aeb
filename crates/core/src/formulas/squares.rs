//! Updates divided by the root of accumulated squares.

use super::kernel::kernels;

kernels! {
    /// Adagrad: divides by the root of the sum of squares; the result is 0 if the sum is 0.
    scale_by_rss(u; sum_of_squares; eps) {
        sum_of_squares = u * u + sum_of_squares;
        let root = (sum_of_squares + eps).sqrt();
        L::select(L::splat(0.0).lt(sum_of_squares), u / root, L::splat(0.0) * u)
    }

    /// RMSProp with `eps` inside the root; `c` corrects the bias of `nu`, or is 1.
    scale_by_rms(u; nu; decay, one_minus_decay, eps, c) {
        nu = one_minus_decay * (u * u) + decay * nu;
        u / (nu * c + eps).sqrt()
    }

    /// RMSProp with `eps` outside the root.
    scale_by_rms_eps_outside(u; nu; decay, one_minus_decay, eps, c) {
        nu = one_minus_decay * (u * u) + decay * nu;
        u * (L::splat(1.0) / ((nu * c).sqrt() + eps))
    }

    /// Centered RMSProp with `eps` inside the root; a negative variance comes from rounding and counts as 0.
    scale_by_stddev(u; mu, nu; decay, one_minus_decay, eps, c) {
        mu = one_minus_decay * u + decay * mu;
        nu = one_minus_decay * (u * u) + decay * nu;
        let mean = mu * c;
        u / ((nu * c - mean * mean).max(L::splat(0.0)) + eps).sqrt()
    }

    /// Centered RMSProp with `eps` outside the root.
    scale_by_stddev_eps_outside(u; mu, nu; decay, one_minus_decay, eps, c) {
        mu = one_minus_decay * u + decay * mu;
        nu = one_minus_decay * (u * u) + decay * nu;
        let mean = mu * c;
        u * (L::splat(1.0) / ((nu * c - mean * mean).max(L::splat(0.0)).sqrt() + eps))
    }

    /// Adadelta: the ratio of the roots of accumulated updates and gradients.
    scale_by_adadelta(u; e_g, e_x; rho, one_minus_rho, eps) {
        e_g = one_minus_rho * (u * u) + rho * e_g;
        let delta = (e_x + eps).sqrt() / (e_g + eps).sqrt() * u;
        e_x = one_minus_rho * (delta * delta) + rho * e_x;
        delta
    }
}
