mod squares;

use super::cut::{Cut, Runs};
use super::rows::{self, Row};
use super::{Hands, Leaf, Leafwise};
use crate::compiled::Number;
use crate::lane::Lane;
use crate::pack::Vector;
use crate::workers::Shared;

/// Divides by the root of a second moment; along two `axes` only its mean over either of them is kept.
///
/// `v_row` lacks the larger of the two axes, `v_col` the other; without axes `v` has an element for each of the leaf's.
pub(crate) struct ScaleByFactoredRms;

/// Elements that a thread takes at once where the moment is whole.
const PIECE: usize = 1 << 12;

impl Leafwise for ScaleByFactoredRms {
    const NAME: &'static str = "scale_by_factored_rms";
    const SLOTS: &'static [&'static str] = &["v_row", "v_col", "v"];
    const SCALARS: &'static [&'static str] = &["decay", "one_minus_decay", "epsilon"];
    const READS_PARAMS: bool = false;
    const TAKES_FROM: bool = true;

    fn fits(shape: &[usize], axes: &[usize], _: &[usize], kept: &[usize]) -> bool {
        let &[a, b] = axes else { return kept[2] == shape.iter().product::<usize>() };
        let cut = Cut::new(shape, a, b);
        let [larger, other] = if shape[b] >= shape[a] { [1, 0] } else { [0, 1] };
        let without = [cut.without_a(), cut.without_b()];
        kept[0] == without[larger] && kept[1] == without[other]
    }

    fn scratch(shape: &[usize], axes: &[usize], _: &[usize]) -> usize {
        let &[a, b] = axes else { return 0 };
        let cut = Cut::new(shape, a, b);
        let sums = cut.without_b().saturating_add(cut.without_a());
        sums.saturating_add(cut.rest()).saturating_add(cut.tasks().saturating_mul(cut.columns()))
    }

    fn run<T: Number>(leaf: Leaf<'_, T>) {
        let Leaf { from, u, shape, axes, slots: [v_row, v_col, v, ..], scalars, hands, scratch, .. } = leaf;
        let [decay, one_minus_decay, epsilon] = [scalars[0], scalars[1], scalars[2]];
        let &[a, b] = axes else { return whole(from, u, v, [decay, one_minus_decay, epsilon], hands) };
        let cut = Cut::new(shape, a, b);
        let row_lacks_b = shape[b] >= shape[a];
        let (without_b, without_a) = if row_lacks_b { (v_row, v_col) } else { (v_col, v_row) };
        let (means, rest) = scratch.split_at_mut(cut.rest());
        let (sums_b, rest) = T::borrow(rest).split_at_mut(cut.without_b());
        let (sums_a, partial) = rest.split_at_mut(cut.without_a());
        squares::sum(&cut, from.unwrap_or(u), epsilon, hands, sums_b, sums_a, partial);
        let follow = |moments: &mut [T], sums: &[T], n: usize| {
            for (moment, sum) in moments.iter_mut().zip(sums) {
                let mean = T::of(sum.widen() / n as f64).lane();
                *moment = T::number(decay.lane() * moment.lane() + one_minus_decay.lane() * mean);
            }
        };
        follow(without_b, sums_b, shape[b]);
        follow(without_a, sums_a, shape[a]);
        if row_lacks_b {
            row_factors(without_b, sums_b, means, shape[a], |i| cut.rest_of_without_b(i));
            column_factors(without_a, sums_a);
        } else {
            row_factors(without_a, sums_a, means, shape[b], |i| cut.rest_of_without_a(i));
            column_factors(without_b, sums_b);
        }
        scale(&cut, from, u, hands, sums_b, sums_a);
    }
}

/// `u / sqrt(v)` with the moment kept for each element.
fn whole<T: Number>(
    from: Option<&[T]>,
    u: &mut [T],
    v: &mut [T],
    scalars: [T; 3],
    Hands { crew, isa }: Hands<'_>,
) {
    let n = u.len();
    let (u, v) = (Shared::new(u), Shared::new(v));
    crew.each(n.div_ceil(PIECE), |task| {
        let piece = task * PIECE..n.min((task + 1) * PIECE);
        // SAFETY: no two tasks have an element in common, and both arrays have as many.
        unsafe {
            let [u, v] = [&u, &v].map(|array| array.part(piece.clone()).as_mut_ptr());
            let g = from.map_or(u.cast_const(), |from| from[piece.clone()].as_ptr());
            rows::run::<Whole, T>(isa, piece.len(), (g, u, v, scalars));
        }
    });
}

/// The roots of the rows' moments by which updates are divided, each over its mean along the axis that the columns lack.
fn row_factors<T: Number>(
    moments: &[T],
    factors: &mut [T],
    means: &mut [f64],
    n: usize,
    rest: impl Fn(usize) -> usize,
) {
    means.fill(0.0);
    moments.iter().enumerate().for_each(|(i, v)| means[rest(i)] += v.widen());
    for (i, (factor, v)) in factors.iter_mut().zip(moments).enumerate() {
        *factor = inverse_root::<T>(v.lane() / T::of(means[rest(i)] / n as f64).lane());
    }
}

fn column_factors<T: Number>(moments: &[T], factors: &mut [T]) {
    factors.iter_mut().zip(moments).for_each(|(factor, v)| *factor = inverse_root::<T>(v.lane()));
}

fn inverse_root<T: Number>(x: T::One) -> T {
    T::number(T::One::splat(1.0) / x.sqrt())
}

/// Multiplies by the factors of both axes.
fn scale<T: Number>(
    cut: &Cut,
    from: Option<&[T]>,
    u: &mut [T],
    Hands { crew, isa }: Hands<'_>,
    factors_b: &[T],
    factors_a: &[T],
) {
    let u = Shared::new(u);
    crew.each(cut.tasks(), |task| {
        let columns = &factors_a[task / cut.tasks_per_outer() * cut.columns()..];
        cut.each_run(task, 1, |Runs { at, no_b, middle, .. }| {
            let columns = &columns[middle * cut.run()..][..cut.run()];
            let elements = at..at + cut.run();
            // SAFETY: no two tasks have a row in common.
            let u = unsafe { u.part(elements.clone()) };
            if let &[row] = &factors_b[no_b..no_b + cut.inner] {
                let g = from.map_or(u.as_ptr(), |from| from[elements].as_ptr());
                // SAFETY: each array has as many elements as the row.
                unsafe { rows::run::<Scale, T>(isa, u.len(), (g, u.as_mut_ptr(), columns.as_ptr(), row)) }
                return;
            }
            if let Some(from) = from {
                u.copy_from_slice(&from[elements]);
            }
            for (u, columns) in u.chunks_exact_mut(cut.inner).zip(columns.chunks_exact(cut.inner)) {
                for ((u, column), row) in u.iter_mut().zip(columns).zip(&factors_b[no_b..]) {
                    *u = T::number(u.lane() * row.lane() * column.lane());
                }
            }
        });
    });
}

struct Whole;

impl Row for Whole {
    type Operands<T> = (*const T, *mut T, *mut T, [T; 3]);

    #[inline(always)]
    unsafe fn step<V: Vector>(&(g, u, v, scalars): &Self::Operands<V::Number>, at: usize) {
        let [decay, one_minus_decay, epsilon] = scalars.map(
            #[inline(always)]
            |scalar| V::broadcast(scalar),
        );
        // SAFETY: the caller says so.
        unsafe {
            let g = V::load(g.add(at));
            let moment = decay * V::load(v.add(at)) + one_minus_decay * (g * g + epsilon);
            moment.store(v.add(at));
            (g * (V::splat(1.0) / moment.sqrt())).store(u.add(at));
        }
    }
}

struct Scale;

impl Row for Scale {
    type Operands<T> = (*const T, *mut T, *const T, T);

    #[inline(always)]
    unsafe fn step<V: Vector>(&(g, u, columns, row): &Self::Operands<V::Number>, at: usize) {
        // SAFETY: the caller says so.
        unsafe { (V::load(g.add(at)) * V::broadcast(row) * V::load(columns.add(at))).store(u.add(at)) }
    }
}
