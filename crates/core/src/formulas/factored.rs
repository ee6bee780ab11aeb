//! Adafactor: updates divided by the root of a second moment, which is factored or not.

use super::kernel::kernels;

kernels! {
    /// Multiplies updates by a factor for each row and one for each column.
    scale_by_factors(u; row: broadcast, column: broadcast; ) {
        u * row * column
    }

    /// Adafactor without factoring: the second moment has a number for every element.
    scale_by_unfactored_rms(u; v; decay, one_minus_decay, epsilon) {
        v = decay * v + one_minus_decay * (u * u + epsilon);
        u * (L::splat(1.0) / v.sqrt())
    }
}
