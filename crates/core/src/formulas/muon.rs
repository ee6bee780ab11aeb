//! Momentum on its way to be orthogonalised; the factors correct its bias.

use super::kernel::kernels;

kernels! {
    /// Bias-corrected momentum: `mu = beta*mu + (1-beta)*u`, and of it and the gradient a weighted sum.
    muon_momentum(u; mu; beta, one_minus_beta, momentum_factor, gradient_factor) {
        mu = one_minus_beta * u + beta * mu;
        momentum_factor * mu + gradient_factor * u
    }

    /// The same, which also leaves the result in a slot.
    muon_momentum_kept(u; mu, momentum; beta, one_minus_beta, momentum_factor, gradient_factor) {
        mu = one_minus_beta * u + beta * mu;
        momentum = momentum_factor * mu + gradient_factor * u;
        momentum
    }
}
