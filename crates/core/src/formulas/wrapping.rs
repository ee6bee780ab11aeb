//! Kernels of transformations that wrap others: accumulation of steps, lookahead, SAM, schedule-free, Mechanic.

use super::kernel::kernels;

kernels! {
    /// Adds to a running mean of updates, and returns 0; `n` is the number of updates with this one.
    hold_mean(u; acc_grads; n) {
        acc_grads = acc_grads + (u - acc_grads) / n;
        L::splat(0.0)
    }

    /// Adds to a running sum of updates, and returns 0.
    hold_sum(u; acc_grads;) {
        acc_grads = u + acc_grads;
        L::splat(0.0)
    }

    /// Returns the mean of `n` updates, of which this is the last, and resets the running mean.
    emit_mean(u; acc_grads; n) {
        let mean = acc_grads + (u - acc_grads) / n;
        acc_grads = L::splat(0.0);
        mean
    }

    /// Returns the sum of updates, of which this is the last, and resets the running sum.
    emit_sum(u; acc_grads;) {
        let sum = u + acc_grads;
        acc_grads = L::splat(0.0);
        sum
    }

    /// Lookahead: moves the fast parameters `p + u` and the slow ones to the interpolation of both. The slot `slow` gets the update of the
    /// slow parameters.
    lookahead_sync(u, p; slow; step_size, rest) {
        let ahead = p + u - slow;
        slow = step_size * ahead;
        u - rest * ahead
    }

    /// SAM: the update `u` relative to the cached parameters, expressed relative to the current ones.
    sam_return(u, p; cache;) { cache - p + u }

    /// Schedule-free: adds `u` to `z`, and returns the update of `p`, which interpolates between `z` and the average of all `z` so far.
    schedule_free(u, p; z; b1, one_minus_b1, c, one_minus_c) {
        let scaled_x = p - one_minus_b1 * z;
        z = z + u;
        one_minus_c * scaled_x + (c * b1 + one_minus_b1) * z - p
    }

    /// Schedule-free: returns the average of all `z` so far, from the interpolation `u` between that average and `z`.
    schedule_free_eval(u; z; b1, one_minus_b1) { (u - one_minus_b1 * z) / b1 }

    /// Mechanic: stores the gradient, and returns the terms of the inner product of the decayed gradient with the displacement from `x0` over
    /// `scale`. `start` is 1 in the first step, which stores `x0`.
    mechanize_measure(u, p; grads, x0; start, grad_norm, param_norm, decay, eps, scale) {
        grads = u;
        x0 = L::select(L::splat(0.0).lt(start), p, x0);
        (u + decay * grad_norm / (param_norm + eps) * p) * ((x0 - p) / scale)
    }

    /// Mechanic: returns the gradient that `mechanize_measure` has stored.
    mechanize_resume(u; grads;) { grads }

    /// Mechanic: returns the update to `x0` plus the displacement from it, which includes `u` and is rescaled from `scale` to `next_scale`.
    mechanize(u, p; x0; scale, next_scale) {
        let way = (x0 - p) / scale - u;
        x0 - next_scale * way - p
    }

    /// Interpolation from old values `p` to new ones `u`.
    incremental_update(u, p;; step_size, rest) { step_size * u + rest * p }
}
