use super::kernel::kernels;

kernels! {
    /// Momentum: `trace = u + decay * trace`.
    trace(u; trace; decay) {
        trace = u + decay * trace;
        trace
    }

    /// Nesterov momentum: the trace is applied once more to what is returned.
    trace_nesterov(u; trace; decay) {
        trace = u + decay * trace;
        u + decay * trace
    }
}
