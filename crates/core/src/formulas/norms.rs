//! Updates scaled by norms of a leaf or of the tree.

use super::kernel::kernels;

kernels! {
    /// Multiplies by `size`, the norm or the root mean square of the leaf's parameters, but at least by `min_scale`.
    scale_by_param_block(u;; size, min_scale) { u * size.max(min_scale) }

    /// Multiplies by the trust ratio: the norm of the parameters over the norm of the update, or 1 if either norm is 0.
    scale_by_trust_ratio(u;; param_norm, update_norm, min_norm, trust_coefficient, eps) {
        let zero = L::splat(0.0);
        let param_norm = param_norm.max(min_norm);
        let update_norm = update_norm.max(min_norm);
        let ratio = trust_coefficient * param_norm / (update_norm + eps);
        u * L::select(param_norm.eq(zero) | update_norm.eq(zero), L::splat(1.0), ratio)
    }

    /// NovoGrad: momentum of the normalized update; `nu` is the second moment of the leaf.
    scale_by_novograd(u, p; mu; nu, b1, eps, eps_root, weight_decay) {
        mu = b1 * mu + (u / ((nu + eps_root).sqrt() + eps) + weight_decay * p);
        mu
    }

    /// Multiplies by Polyak's step size: `gap` over the squared norm, at most `max_learning_rate`; 0 if the norm is 0.
    scale_by_polyak(u;; squared_norm, gap, eps, max_learning_rate) {
        let divisor = squared_norm + eps;
        let step = (gap / divisor).min(max_learning_rate);
        L::select(divisor.le(L::splat(f64::EPSILON)), L::splat(0.0), step) * u
    }

    /// Divides updates by their global norm, and multiplies by `scale_factor`.
    normalize_by_update_norm(u;; norm, eps, scale_factor) { u / ((norm + eps) / scale_factor) }

    /// Distance over gradients: multiplies by the leaf's largest distance from its initial value, over the root of the sum of its squared gradients.
    scale_by_distance_over_gradients(u;; max_dist, grad_sum_of_squares, eps, global_scale) {
        global_scale * (max_dist / (grad_sum_of_squares + eps).sqrt()) * u
    }
}
