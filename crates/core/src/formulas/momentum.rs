//! Momentum.

use super::kernel::kernels;

kernels! {
    /// Momentum: `trace = u + decay * trace`.
    trace(u; trace; decay) {
        trace = u + decay * trace;
        trace
    }

    /// Nesterov momentum: `trace = u + decay * trace`, and the result is `u + decay * trace` with the new trace.
    trace_nesterov(u; trace; decay) {
        trace = u + decay * trace;
        u + decay * trace
    }
}
