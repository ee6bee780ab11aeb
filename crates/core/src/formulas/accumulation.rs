//! Averages and sums of updates over several steps.

use super::kernel::kernels;

kernels! {
    /// Exponential moving average; `c` corrects its bias, or is 1.
    ema(u; ema; decay, one_minus_decay, c) {
        ema = one_minus_decay * u + decay * ema;
        ema * c
    }

    /// Sum of the updates of several steps: `keep` is 0 in the first step and 1 in the others, `emit` is 1 in the last step and 0 before.
    apply_every(u; grad_acc; keep, emit) {
        let zero = L::splat(0.0);
        grad_acc = L::select(zero.lt(keep), grad_acc, zero) + u;
        L::select(zero.lt(emit), grad_acc, zero)
    }
}
