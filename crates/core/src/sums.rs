//! The one shape of every sum, so that no machine and no number of threads changes a bit of it.

use crate::lanes::dispatch::Number;

/// Elements of one block; a block never crosses a leaf.
pub const BLOCK: usize = 1024;
/// Sums that are kept side by side inside a block: element `i` goes to `i mod WIDTH`.
pub const WIDTH: usize = 256;

/// Folds the sums of a block by halving; the result is the first.
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

/// Sums values by blocks, then the block sums, until one is left; overwrites `values`.
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
