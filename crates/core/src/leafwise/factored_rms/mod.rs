//! Adafactor's second moment: of a matrix only the means over its rows and over its columns are kept.

mod squares;

use crate::lanes::dispatch::Number;
use crate::lanes::lane::Lane;
use crate::leafwise::kernel::{Case, LARGE_AND_SMALL, Leaf, LeafSlot, Leafwise, writes};
use crate::leafwise::two_axes::TwoAxes;
pub use squares::square;

/// Returns the next moment, from the moment `v` and the mean of squares.
#[inline(always)]
pub fn moment<L: Lane>(v: L, mean: L, decay: L, one_minus_decay: L) -> L {
    decay * v + one_minus_decay * mean
}

/// Returns the factor of a row with moment `v`: `1 / sqrt(v / mean)`, where `mean` is the mean of the rows' moments.
#[inline(always)]
pub fn row_factor<L: Lane>(v: L, mean: L) -> L {
    column_factor(v / mean)
}

/// Returns the factor of a column with moment `v`: `1 / sqrt(v)`.
#[inline(always)]
pub fn column_factor<L: Lane>(v: L) -> L {
    L::splat(1.0) / v.sqrt()
}

/// Computes the factors of rows and columns from the running means of squares along either of two `axes`.
///
/// `v_row` lacks the larger of the two axes, `v_col` the other; `row` lacks the later one, `column` the earlier.
pub(crate) struct FactoredRms;

impl Leafwise for FactoredRms {
    const NAME: &'static str = "factored_rms";
    const SLOTS: &'static [LeafSlot] = &[writes("v_row"), writes("v_col"), writes("row"), writes("column")];
    const SCALARS: &'static [&'static str] = &["decay", "one_minus_decay", "epsilon"];
    const READS_PARAMS: bool = false;
    const READS_ONLY: bool = true;
    const CASES: &'static [Case] = &[
        case(LARGE_AND_SMALL, &[1, 2]),
        case(LARGE_AND_SMALL, &[0, 1]),
        case(LARGE_AND_SMALL, &[0, 2]),
        case(&[&[60, 40], &[40, 600], &[6, 4], &[4, 6]], &[0, 1]),
        case(&[&[3, 8, 2, 5], &[3, 5, 2, 8]], &[1, 3]),
    ];

    fn fits(shape: &[usize], axes: &[usize], _: &[usize], slot_sizes: &[usize]) -> bool {
        let &[a, b] = axes else { return false };
        let two_axes = TwoAxes::new(shape, a, b);
        let [larger, other] = if shape[b] >= shape[a] { [1, 0] } else { [0, 1] };
        let without = [two_axes.without_a(), two_axes.without_b()];
        slot_sizes == [without[larger], without[other], without[1], without[0]]
    }

    fn scratch(shape: &[usize], axes: &[usize], _: &[usize]) -> usize {
        let &[a, b] = axes else { return 0 };
        let two_axes = TwoAxes::new(shape, a, b);
        two_axes.rest().saturating_add(two_axes.tasks().saturating_mul(two_axes.columns()))
    }

    fn run<T: Number>(leaf: Leaf<'_, T>) {
        let Leaf {
            input,
            shape,
            axes,
            slots: [v_row, v_col, row, column, ..],
            scalars,
            context,
            scratch,
            ..
        } = leaf;
        let u = input.expect("it only reads u");
        let [decay, one_minus_decay, epsilon] = [scalars[0], scalars[1], scalars[2]];
        let &[a, b] = axes else { unreachable!("`fits` accepts exactly two axes") };
        let two_axes = TwoAxes::new(shape, a, b);
        let row_lacks_b = shape[b] >= shape[a];
        let (without_b, without_a) = if row_lacks_b { (v_row, v_col) } else { (v_col, v_row) };
        let (means, partial) = scratch.split_at_mut(two_axes.rest());
        squares::sum(&two_axes, u, epsilon, context, row, column, T::borrow(partial));
        let follow = |moments: &mut [T], sums: &[T], n: usize| {
            for (v, sum) in moments.iter_mut().zip(sums) {
                let mean = T::of(sum.widen() / n as f64).lane();
                *v = T::number(moment(v.lane(), mean, decay.lane(), one_minus_decay.lane()));
            }
        };
        follow(without_b, row, shape[b]);
        follow(without_a, column, shape[a]);
        if row_lacks_b {
            over_means(without_b, row, means, shape[a], two_axes.step_without_b());
            roots(without_a, column);
        } else {
            over_means(without_a, column, means, shape[b], two_axes.inner);
            roots(without_b, row);
        }
    }
}

/// Writes the factor of each row from its moment and the mean moment. The mean is along the axis that the columns' moments lack, of
/// size `n`; the axes after it have `inner` elements.
fn over_means<T: Number>(moments: &[T], factors: &mut [T], means: &mut [f64], n: usize, inner: usize) {
    let slices = moments.chunks_exact(n * inner).zip(factors.chunks_exact_mut(n * inner));
    for ((moments, factors), means) in slices.zip(means.chunks_exact_mut(inner)) {
        means.fill(0.0);
        for moments in moments.chunks_exact(inner) {
            means.iter_mut().zip(moments).for_each(|(mean, v)| *mean += v.widen());
        }
        means.iter_mut().for_each(|mean| *mean /= n as f64);
        for (factors, moments) in factors.chunks_exact_mut(inner).zip(moments.chunks_exact(inner)) {
            for ((factor, v), mean) in factors.iter_mut().zip(moments).zip(&*means) {
                *factor = T::number(row_factor(v.lane(), T::of(*mean).lane()));
            }
        }
    }
}

/// Writes the factors of columns.
fn roots<T: Number>(moments: &[T], factors: &mut [T]) {
    factors.iter_mut().zip(moments).for_each(|(factor, v)| *factor = T::number(column_factor(v.lane())));
}

/// Returns a case whose steps compute the factors and multiply updates by them.
const fn case(leaves: &'static [&'static [usize]], axes: &'static [usize]) -> Case {
    Case {
        leaves,
        axes,
        steps: &["factored_rms", "scale_by_factors"],
        scalars: &[("decay", 0.8), ("one_minus_decay", 0.2), ("epsilon", 1e-30)],
        slots: &[
            ("v_row", |shape, axes| {
                without(shape, if shape[axes[1]] >= shape[axes[0]] { axes[1] } else { axes[0] })
            }),
            ("v_col", |shape, axes| {
                without(shape, if shape[axes[1]] >= shape[axes[0]] { axes[0] } else { axes[1] })
            }),
            ("row", |shape, axes| with_size_one(shape, axes[1])),
            ("column", |shape, axes| with_size_one(shape, axes[0])),
        ],
        ..Case::EMPTY
    }
}

/// Returns the shape without an axis.
fn without(shape: &[usize], axis: usize) -> Vec<usize> {
    [&shape[..axis], &shape[axis + 1..]].concat()
}

/// Returns the shape with size 1 along an axis.
fn with_size_one(shape: &[usize], axis: usize) -> Vec<usize> {
    [&shape[..axis], &[1], &shape[axis + 1..]].concat()
}
