//! Newton-Schulz steps towards the nearest orthogonal matrix: `a X + (b A + c A A) X` with `A = X X'`.

use std::marker::PhantomData;

use crate::lanes::dispatch::Number;
use crate::lanes::lane::Lane;
use crate::leafwise::kernel::{Case, Context, Leaf, Leafwise, other_axes};
use crate::leafwise::matrix::{View, multiply, multiply_symmetric};
use crate::leafwise::stack::{Stack, cases};

/// Returns an entry of `b A + c A A`, from those of `A` and `A A`.
#[inline(always)]
pub fn polynomial<L: Lane>(gram: L, square: L, b: L, c: L) -> L {
    b * gram + c * square
}

/// Returns an entry of the next `X`, from those of `X` and `(b A + c A A) X`.
#[inline(always)]
pub fn next<L: Lane>(x: L, product: L, a: L) -> L {
    a * x + product
}

/// Returns the factor that rescales a row of `X`, given the norm of that row of `A`, or all of `X`, given the norm of `A`.
#[inline(always)]
pub fn factor<L: Lane>(norm: L) -> L {
    L::splat(1.0) / norm.max(L::splat(EPS)).sqrt()
}

/// Returns an entry of the rescaled `X`, from the factor of its row.
#[inline(always)]
pub fn rescaled<L: Lane>(x: L, factor: L) -> L {
    x * factor
}

/// Returns an entry of `A` for the rescaled `X`: `row` and `column` are the factors of the two rows whose product the entry is.
#[inline(always)]
pub fn rescaled_product<L: Lane>(gram: L, row: L, column: L) -> L {
    gram * (row * column)
}

/// One Newton-Schulz step towards the nearest orthogonal matrix: `a X + (b A + c A A) X` with `A = X X'`.
///
/// `X` is the matrix, or its transpose where that has fewer rows.
pub(crate) struct NewtonSchulz<P>(PhantomData<P>);

/// A rescaling of `X` before the step, by norms of `A`.
pub(crate) trait Preconditioning {
    const NAME: &'static str;
    /// Rescales `x` and `gram`; `factors` is working memory, one number for each row.
    fn rescale<T: Number>(x: &mut [T], gram: &mut [T], factors: &mut [T]);
}

/// The least norm by which a rescaling divides.
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
        let combined = &mut rest[..rows * rows];
        let [a, b, c] = [0, 1, 2].map(|i| scalars[i].lane());
        for matrix in 0..stack.matrices() {
            let place = |row: usize, column: usize| {
                if wide { row * columns + column } else { column * columns + row }
            };
            stack.each(matrix, |row, column, element| x[place(row, column)] = u[element]);
            let view = View::new(x, rows, columns);
            multiply_symmetric(team, view, view.transposed(), gram);
            P::rescale(x, gram, &mut combined[..rows]);
            let square = View::new(gram, rows, rows);
            multiply_symmetric(team, square, square, combined);
            for (entry, gram) in combined.iter_mut().zip(gram.iter()) {
                *entry = T::number(polynomial(gram.lane(), entry.lane(), b, c));
            }
            multiply(team, View::new(combined, rows, rows), View::new(x, rows, columns), product);
            stack.each(matrix, |row, column, element| {
                let i = place(row, column);
                u[element] = T::number(next(x[i].lane(), product[i].lane(), a));
            });
        }
    }
}

/// No rescaling.
pub(crate) struct Plain;

impl Preconditioning for Plain {
    const NAME: &'static str = "newton_schulz";

    fn rescale<T: Number>(_: &mut [T], _: &mut [T], _: &mut [T]) {}
}

/// Almost-orthogonal layers: divides each row by the root of the sum of magnitudes in its row of `A`.
pub(crate) struct Aol;

impl Preconditioning for Aol {
    const NAME: &'static str = "newton_schulz_aol";

    fn rescale<T: Number>(x: &mut [T], gram: &mut [T], factors: &mut [T]) {
        let rows = factors.len();
        let columns = x.len() / rows;
        for (own, row) in factors.iter_mut().zip(gram.chunks(rows)) {
            let sum = row.iter().map(|entry| entry.widen().abs()).sum();
            *own = T::number(factor(T::of(sum).lane()));
        }
        for (i, entry) in x.iter_mut().enumerate() {
            *entry = T::number(rescaled(entry.lane(), factors[i / columns].lane()));
        }
        for (i, entry) in gram.iter_mut().enumerate() {
            let [row, column] = [i / rows, i % rows].map(|i| factors[i].lane());
            *entry = T::number(rescaled_product(entry.lane(), row, column));
        }
    }
}

/// Divides by the root of the Frobenius norm of `A`.
pub(crate) struct Schatten;

impl Preconditioning for Schatten {
    const NAME: &'static str = "newton_schulz_schatten";

    fn rescale<T: Number>(x: &mut [T], gram: &mut [T], _: &mut [T]) {
        let squares: f64 = gram.iter().map(|entry| entry.widen() * entry.widen()).sum();
        let s = factor(T::of(squares.sqrt()).lane());
        x.iter_mut().for_each(|entry| *entry = T::number(rescaled(entry.lane(), s)));
        gram.iter_mut().for_each(|entry| *entry = T::number(rescaled_product(entry.lane(), s, s)));
    }
}
