//! Updates gathered over steps.

use super::kernel::kernels;

kernels! {
    /// Moving average; `c` corrects the bias, or is 1.
    ema(u; ema; decay, one_minus_decay, c) {
        ema = one_minus_decay * u + decay * ema;
        ema * c
    }

    /// The sum of some steps: `keep` is 0 in the first of them and `emit` is 1 in the last.
    apply_every(u; grad_acc; keep, emit) {
        let zero = L::splat(0.0);
        grad_acc = L::select(zero.lt(keep), grad_acc, zero) + u;
        L::select(zero.lt(emit), grad_acc, zero)
    }
}
