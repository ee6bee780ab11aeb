//! Muon: momentum, before it is orthogonalised; the factors correct its bias.

use super::kernel::kernels;

kernels! {
    /// Bias-corrected momentum: `mu = beta*mu + (1-beta)*u`; the result is a weighted sum of `mu` and the gradient.
    muon_momentum(u; mu; beta, one_minus_beta, momentum_factor, gradient_factor) {
        mu = one_minus_beta * u + beta * mu;
        momentum_factor * mu + gradient_factor * u
    }

    /// Bias-corrected momentum as of `muon_momentum`, which is also stored in the slot `momentum`.
    muon_momentum_kept(u; mu, momentum; beta, one_minus_beta, momentum_factor, gradient_factor) {
        mu = one_minus_beta * u + beta * mu;
        momentum = momentum_factor * mu + gradient_factor * u;
        momentum
    }
}
