use super::kernel::kernels;

kernels! {
    /// A running mean over steps that are held back; `n` counts this one.
    hold_mean(u; acc_grads; n) {
        acc_grads = acc_grads + (u - acc_grads) / n;
        L::splat(0.0)
    }

    /// A running sum over steps that are held back.
    hold_sum(u; acc_grads;) {
        acc_grads = u + acc_grads;
        L::splat(0.0)
    }

    /// The mean with the last of `n` steps; the next mean starts from zero.
    emit_mean(u; acc_grads; n) {
        let mean = acc_grads + (u - acc_grads) / n;
        acc_grads = L::splat(0.0);
        mean
    }

    /// The sum with the last step; the next sum starts from zero.
    emit_sum(u; acc_grads;) {
        let sum = u + acc_grads;
        acc_grads = L::splat(0.0);
        sum
    }

    /// Moves fast parameters `p`, about to change by u, and slow ones to the point between them; `slow` becomes its own change.
    lookahead_sync(u, p; slow; step_size, rest) {
        let ahead = p + u - slow;
        slow = step_size * ahead;
        u - rest * ahead
    }

    /// A step taken from the cached parameters in place of the current ones.
    sam_return(u, p; cache;) { cache - p + u }

    /// A step `u` of the sequence z, and what it means for the interpolation p between z and the average x.
    schedule_free(u, p; z; b1, one_minus_b1, c, one_minus_c) {
        let scaled_x = p - one_minus_b1 * z;
        z = z + u;
        one_minus_c * scaled_x + (c * b1 + one_minus_b1) * z - p
    }

    /// The average x behind the interpolation u between z and x.
    schedule_free_eval(u; z; b1, one_minus_b1) { (u - one_minus_b1 * z) / b1 }

    /// Keeps the gradient; terms of the inner product of the decayed gradient with the way already gone, per unit of scale.
    mechanize_measure(u, p; grads, x0; start, grad_norm, param_norm, decay, eps, scale) {
        grads = u;
        x0 = L::select(L::splat(0.0).lt(start), p, x0);
        (u + decay * grad_norm / (param_norm + eps) * p) * ((x0 - p) / scale)
    }

    /// The gradient that was kept.
    mechanize_resume(u; grads;) { grads }

    /// The way from x0 with its next step, stretched to a new scale.
    mechanize(u, p; x0; scale, next_scale) {
        let way = (x0 - p) / scale - u;
        x0 - next_scale * way - p
    }

    /// From old values p towards new ones u.
    incremental_update(u, p;; step_size, rest) { step_size * u + rest * p }
}
