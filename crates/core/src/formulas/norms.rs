//! Updates that depend on norms of whole leaves or of the tree.

use super::kernel::kernels;

kernels! {
    /// Scaled by the size of the leaf's parameters, at least `min_scale`.
    scale_by_param_block(u;; size, min_scale) { u * size.max(min_scale) }

    /// The ratio of the norms of parameters and update; 1 where one of them is 0.
    scale_by_trust_ratio(u;; param_norm, update_norm, min_norm, trust_coefficient, eps) {
        let zero = L::splat(0.0);
        let param_norm = param_norm.max(min_norm);
        let update_norm = update_norm.max(min_norm);
        let ratio = trust_coefficient * param_norm / (update_norm + eps);
        u * L::select(param_norm.eq(zero) | update_norm.eq(zero), L::splat(1.0), ratio)
    }

    /// NovoGrad: momentum of the normalised update; `nu` is the leaf's second moment.
    scale_by_novograd(u, p; mu; nu, b1, eps, eps_root, weight_decay) {
        mu = b1 * mu + (u / ((nu + eps_root).sqrt() + eps) + weight_decay * p);
        mu
    }

    /// Polyak's step: `gap` over the squared norm, at most `max_learning_rate`; 0 where the norm vanishes.
    scale_by_polyak(u;; squared_norm, gap, eps, max_learning_rate) {
        let divisor = squared_norm + eps;
        let step = (gap / divisor).min(max_learning_rate);
        L::select(divisor.le(L::splat(f64::EPSILON)), L::splat(0.0), step) * u
    }

    /// Divided by the norm of all updates.
    normalize_by_update_norm(u;; norm, eps, scale_factor) { u / ((norm + eps) / scale_factor) }

    /// Divided by the root of the leaf's summed squares, times the largest distance it has moved.
    scale_by_distance_over_gradients(u;; max_dist, grad_sum_of_squares, eps, global_scale) {
        global_scale * (max_dist / (grad_sum_of_squares + eps).sqrt()) * u
    }
}
