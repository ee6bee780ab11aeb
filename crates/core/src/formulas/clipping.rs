//! Clipping of updates.

use super::kernel::kernels;

kernels! {
    /// Clips each element: `min(max(u, -max_delta), max_delta)`.
    clip(u;; max_delta) { u.max(-max_delta).min(max_delta) }

    /// Scales updates to the norm `max_norm`, unless their norm is less.
    clip_by_global_norm(u;; norm, max_norm) {
        L::select(norm.lt(max_norm), u, u / norm * max_norm)
    }

    /// Scales updates down so that their root mean square is at most `threshold`.
    clip_by_block_rms(u;; rms, threshold) { u / L::splat(1.0).max(rms / threshold) }
}
