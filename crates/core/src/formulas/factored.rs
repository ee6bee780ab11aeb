//! Scaled by the root of a second moment that is kept as it is, or as factors.

use super::kernel::kernels;

kernels! {
    /// Multiplied by a factor for each row and one for each column.
    scale_by_factors(u; row: broadcast, column: broadcast; ) {
        u * row * column
    }

    /// Adafactor where the second moment is kept for every element.
    scale_by_unfactored_rms(u; v; decay, one_minus_decay, epsilon) {
        v = decay * v + one_minus_decay * (u * u + epsilon);
        u * (L::splat(1.0) / v.sqrt())
    }
}
