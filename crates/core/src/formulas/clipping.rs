use super::kernel::kernels;

kernels! {
    /// Bounds each element: `min(max(u, -max_delta), max_delta)`.
    clip(u;; max_delta) { u.max(-max_delta).min(max_delta) }

    /// Scales down to `max_norm` unless the norm is less.
    clip_by_global_norm(u;; norm, max_norm) {
        L::select(norm.lt(max_norm), u, u / norm * max_norm)
    }

    /// Scales down so that the root mean square is at most the threshold.
    clip_by_block_rms(u;; rms, threshold) { u / L::splat(1.0).max(rms / threshold) }
}
