use super::{Leaf, Leafwise};
use crate::compiled::Number;
use crate::lane::Lane;

/// Divides by the root of a second moment; along two `axes` only its mean over either of them is kept.
///
/// `v_row` lacks the larger of the two axes, `v_col` the other; without axes `v` has an element for each of the leaf's.
pub(crate) struct ScaleByFactoredRms;

impl Leafwise for ScaleByFactoredRms {
    const NAME: &'static str = "scale_by_factored_rms";
    const SLOTS: &'static [&'static str] = &["v_row", "v_col", "v"];
    const SCALARS: &'static [&'static str] = &["decay", "one_minus_decay", "epsilon"];
    const READS_PARAMS: bool = false;

    fn fits(shape: &[usize], axes: &[usize], _: &[usize], kept: &[usize]) -> bool {
        let &[a, b] = axes else { return kept[2] == shape.iter().product::<usize>() };
        let cut = Cut::new(shape, a, b);
        let [larger, other] = if shape[b] >= shape[a] { [1, 0] } else { [0, 1] };
        let without = [cut.without_a(), cut.without_b()];
        kept[0] == without[larger] && kept[1] == without[other]
    }

    fn scratch(shape: &[usize], axes: &[usize]) -> usize {
        let &[a, b] = axes else { return 0 };
        let [rows, columns] = [Cut::new(shape, a, b).without_b(), Cut::new(shape, a, b).without_a()];
        rows.saturating_mul(2).saturating_add(columns)
    }

    fn run<T: Number>(leaf: Leaf<'_, T>) {
        let Leaf { u, shape, axes, slots: [v_row, v_col, v, ..], scalars, scratch, .. } = leaf;
        let [decay, one_minus_decay, epsilon] = [0, 1, 2].map(|i| scalars[i].lane());
        let &[a, b] = axes else {
            for (u, v) in u.iter_mut().zip(v) {
                let g = u.lane();
                let moment = decay * v.lane() + one_minus_decay * (g * g + epsilon);
                *v = T::number(moment);
                *u = T::number(g * (T::One::splat(1.0) / moment.sqrt()));
            }
            return;
        };
        let cut = Cut::new(shape, a, b);
        let row_lacks_b = shape[b] >= shape[a];
        let (without_b, without_a) = if row_lacks_b { (v_row, v_col) } else { (v_col, v_row) };
        let (sums_b, rest) = scratch.split_at_mut(cut.without_b());
        let (sums_a, means) = rest.split_at_mut(cut.without_a());
        sums_b.fill(0.0);
        sums_a.fill(0.0);
        cut.each(|i, no_b, no_a| {
            let square = T::number(u[i].lane() * u[i].lane() + epsilon).widen();
            sums_b[no_b] += square;
            sums_a[no_a] += square;
        });
        let follow = |moments: &mut [T], sums: &[f64], n: usize| {
            for (moment, sum) in moments.iter_mut().zip(sums) {
                let mean = T::of(sum / n as f64).lane();
                *moment = T::number(decay * moment.lane() + one_minus_decay * mean);
            }
        };
        follow(without_b, sums_b, shape[b]);
        follow(without_a, sums_a, shape[a]);

        // The mean of v_row over the axis that v_col lacks, for each index of the other axes.
        means.fill(0.0);
        let root = |x: T::One| T::number(T::One::splat(1.0) / x.sqrt()).widen();
        let mut factors = |row: &[T],
                           column: &[T],
                           row_factors: &mut [f64],
                           column_factors: &mut [f64],
                           n: usize,
                           rest: &dyn Fn(usize) -> usize| {
            row.iter().enumerate().for_each(|(i, v)| means[rest(i)] += v.widen());
            for (i, (factor, v)) in row_factors.iter_mut().zip(row).enumerate() {
                *factor = root(v.lane() / T::of(means[rest(i)] / n as f64).lane());
            }
            column_factors.iter_mut().zip(column).for_each(|(factor, v)| *factor = root(v.lane()));
        };
        if row_lacks_b {
            factors(without_b, without_a, sums_b, sums_a, shape[a], &|i| cut.rest_of_without_b(i));
        } else {
            factors(without_a, without_b, sums_a, sums_b, shape[b], &|i| cut.rest_of_without_a(i));
        }
        cut.each(|i, no_b, no_a| {
            let (row, column) = if row_lacks_b { (no_b, no_a) } else { (no_a, no_b) };
            let (rows, columns) = if row_lacks_b { (&*sums_b, &*sums_a) } else { (&*sums_a, &*sums_b) };
            u[i] = T::number(u[i].lane() * T::of(rows[row]).lane() * T::of(columns[column]).lane());
        });
    }
}

/// A shape as the axes before, between and after two of them.
struct Cut {
    outer: usize,
    a: usize,
    middle: usize,
    b: usize,
    inner: usize,
}

impl Cut {
    fn new(shape: &[usize], a: usize, b: usize) -> Cut {
        let product = |sizes: &[usize]| sizes.iter().product();
        let [outer, middle, inner] = [&shape[..a], &shape[a + 1..b], &shape[b + 1..]].map(product);
        Cut { outer, a: shape[a], middle, b: shape[b], inner }
    }

    fn without_b(&self) -> usize {
        self.outer * self.a * self.middle * self.inner
    }

    fn without_a(&self) -> usize {
        self.outer * self.middle * self.b * self.inner
    }

    fn rest_of_without_b(&self, i: usize) -> usize {
        let block = self.middle * self.inner;
        i / (self.a * block) * block + i % block
    }

    fn rest_of_without_a(&self, i: usize) -> usize {
        i / (self.b * self.inner) * self.inner + i % self.inner
    }

    /// Calls `visit(element, its place without b, its place without a)` in the order of memory.
    fn each(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let Cut { outer, a: a_size, middle, b: b_size, inner } = *self;
        let mut i = 0;
        for o in 0..outer {
            for a in 0..a_size {
                for m in 0..middle {
                    for b in 0..b_size {
                        let no_b = ((o * a_size + a) * middle + m) * inner;
                        let no_a = ((o * middle + m) * b_size + b) * inner;
                        for last in 0..inner {
                            visit(i, no_b + last, no_a + last);
                            i += 1;
                        }
                    }
                }
            }
        }
    }
}
