//! Sums in a fixed order: they have the same bits on every instruction set and for every number of threads.

use crate::lanes::dispatch::Number;

/// The elements of a block; every leaf is cut into blocks from its own start.
pub const BLOCK: usize = 1024;
/// The accumulators of a block: element `i` is added to accumulator `i mod WIDTH`.
pub const WIDTH: usize = 256;

/// Adds up the accumulators of a block by halving: 128 pairs, then 64, … then 1.
pub(crate) fn fold_block<T: Number>(sums: &mut [T; WIDTH]) -> T {
    let mut half = WIDTH / 2;
    while half > 0 {
        let (low, high) = sums.split_at_mut(half);
        for (a, b) in low.iter_mut().zip(high) {
            *a = *a + *b;
        }
        half /= 2;
    }
    sums[0]
}

/// Sums `values` in blocks, then the sums of the blocks likewise, until one is left. Overwrites `values`.
pub(crate) fn fold<T: Number>(values: &mut [f64]) -> f64 {
    let mut count = values.len();
    while count > 1 {
        let blocks = count.div_ceil(BLOCK);
        for block in 0..blocks {
            let mut sums = [T::default(); WIDTH];
            let end = count.min((block + 1) * BLOCK);
            for (i, value) in values[block * BLOCK..end].iter().enumerate() {
                sums[i % WIDTH] = sums[i % WIDTH] + T::of(*value);
            }
            values[block] = fold_block(&mut sums).widen();
        }
        count = blocks;
    }
    values.first().copied().unwrap_or(0.0)
}
