use std::marker::PhantomData;

use super::kernel::{Case, Context, Leaf, Leafwise, other_axes};
use super::matrix::{View, multiply, multiply_symmetric};
use super::stack::{Stack, cases};
use crate::lanes::dispatch::Number;
use crate::lanes::lane::Lane;

/// One Newton-Schulz step towards the nearest orthogonal matrix: `a X + (b A + c A A) X` with `A = X X'`.
///
/// `X` is the matrix, or its transpose where that has fewer rows.
pub(crate) struct NewtonSchulz<P>(PhantomData<P>);

/// What is done to `X` before the step, given `A`.
pub(crate) trait Preconditioning {
    const NAME: &'static str;
    /// `factors` is room for a number per row.
    fn rescale<T: Number>(x: &mut [T], gram: &mut [T], factors: &mut [T]);
}

/// The least divisor of a rescaling.
const EPS: f64 = 1e-8;

impl<P: Preconditioning> Leafwise for NewtonSchulz<P> {
    const NAME: &'static str = P::NAME;
    const SCALARS: &'static [&'static str] = &["a", "b", "c"];
    const READS_PARAMS: bool = false;
    const CASES: &'static [Case] = &cases(
        &["normalize_by_frobenius", P::NAME, "newton_schulz", "newton_schulz"],
        &[("eps", 1e-8), ("a", 3.4445), ("b", -4.775), ("c", 2.0315)],
    );

    fn scratch(shape: &[usize], axes: &[usize], _: &[usize]) -> usize {
        let columns = other_axes(shape, axes);
        let stack = Stack::new(shape, axes, &columns);
        let (rows, columns) = (stack.rows().min(stack.columns()), stack.rows().max(stack.columns()));
        let (x, gram) = (rows.saturating_mul(columns), rows.saturating_mul(rows));
        x.saturating_add(gram).saturating_mul(2)
    }

    fn run<T: Number>(leaf: Leaf<'_, T>) {
        let Leaf { u, shape, axes, columns, scalars, context: Context { team, .. }, scratch, .. } = leaf;
        let stack = Stack::new(shape, axes, columns);
        let wide = stack.rows() <= stack.columns();
        let (rows, columns) = (stack.rows().min(stack.columns()), stack.rows().max(stack.columns()));
        let (x, rest) = T::borrow(scratch).split_at_mut(rows * columns);
        let (product, rest) = rest.split_at_mut(rows * columns);
        let (gram, rest) = rest.split_at_mut(rows * rows);
        let polynomial = &mut rest[..rows * rows];
        let [a, b, c] = [0, 1, 2].map(|i| scalars[i].lane());
        for matrix in 0..stack.matrices() {
            let place = |row: usize, column: usize| {
                if wide { row * columns + column } else { column * columns + row }
            };
            stack.each(matrix, |row, column, element| x[place(row, column)] = u[element]);
            let view = View::new(x, rows, columns);
            multiply_symmetric(team, view, view.transposed(), gram);
            P::rescale(x, gram, &mut polynomial[..rows]);
            let square = View::new(gram, rows, rows);
            multiply_symmetric(team, square, square, polynomial);
            for (entry, gram) in polynomial.iter_mut().zip(gram.iter()) {
                *entry = T::number(b * gram.lane() + c * entry.lane());
            }
            multiply(team, View::new(polynomial, rows, rows), View::new(x, rows, columns), product);
            stack.each(matrix, |row, column, element| {
                let i = place(row, column);
                u[element] = T::number(a * x[i].lane() + product[i].lane());
            });
        }
    }
}

/// Nothing.
pub(crate) struct Plain;

impl Preconditioning for Plain {
    const NAME: &'static str = "newton_schulz";

    fn rescale<T: Number>(_: &mut [T], _: &mut [T], _: &mut [T]) {}
}

/// Divides each row by the root of the sum of magnitudes in its row of `A`.
pub(crate) struct Aol;

impl Preconditioning for Aol {
    const NAME: &'static str = "newton_schulz_aol";

    fn rescale<T: Number>(x: &mut [T], gram: &mut [T], factors: &mut [T]) {
        let rows = factors.len();
        let columns = x.len() / rows;
        for (factor, row) in factors.iter_mut().zip(gram.chunks(rows)) {
            let sum = row.iter().map(|entry| entry.widen().abs()).sum();
            *factor = T::number(inverse_root::<T>(sum));
        }
        for (i, entry) in x.iter_mut().enumerate() {
            *entry = T::number(entry.lane() * factors[i / columns].lane());
        }
        for (i, entry) in gram.iter_mut().enumerate() {
            *entry = T::number(entry.lane() * (factors[i / rows].lane() * factors[i % rows].lane()));
        }
    }
}

/// Divides by the root of the norm of `A`.
pub(crate) struct Schatten;

impl Preconditioning for Schatten {
    const NAME: &'static str = "newton_schulz_schatten";

    fn rescale<T: Number>(x: &mut [T], gram: &mut [T], _: &mut [T]) {
        let squares: f64 = gram.iter().map(|entry| entry.widen() * entry.widen()).sum();
        let s = inverse_root::<T>(squares.sqrt());
        x.iter_mut().for_each(|entry| *entry = T::number(entry.lane() * s));
        gram.iter_mut().for_each(|entry| *entry = T::number(entry.lane() * (s * s)));
    }
}

fn inverse_root<T: Number>(x: f64) -> T::One {
    T::One::splat(1.0) / T::of(x).lane().max(T::One::splat(EPS)).sqrt()
}
