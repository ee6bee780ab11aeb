//! Singular values and vectors, in double precision.

use nalgebra::{DMatrix, Dyn, SVD};

use crate::lanes::dispatch::Number;
use crate::leafwise::stack::Stack;

/// The most sweeps of the decomposition for each row or column, whichever are fewer: more than any finite matrix needs.
const SWEEPS_PER_COLUMN: usize = 1000;

/// Decomposes a matrix; `None` where an element is not finite.
fn decompose<T: Number>(
    stack: Stack<'_>,
    matrix: usize,
    u: &[T],
    vectors: Vectors,
) -> Option<SVD<f64, Dyn, Dyn>> {
    let mut dense = DMatrix::zeros(stack.rows(), stack.columns());
    stack.each(matrix, |row, column, element| dense[(row, column)] = u[element].widen());
    let finite = dense.iter().all(|entry| entry.is_finite());
    let sweeps = SWEEPS_PER_COLUMN * stack.rows().min(stack.columns());
    let (left, right) = (vectors == Vectors::Left, vectors == Vectors::Right);
    if finite { SVD::try_new(dense, left, right, f64::EPSILON, sweeps) } else { None }
}

/// The singular vectors that are wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Vectors {
    /// The left ones, which belong to the rows.
    Left,
    /// The right ones, which belong to the columns.
    Right,
    /// Only singular values are wanted.
    Neither,
}

/// Returns the largest singular value; NaN where an element is not finite.
pub(super) fn largest<T: Number>(stack: Stack<'_>, matrix: usize, u: &[T]) -> f64 {
    decompose(stack, matrix, u, Vectors::Neither).map_or(f64::NAN, |svd| svd.singular_values.max())
}

/// Writes the first singular vectors to the columns of `out`, the largest entry of each positive; NaN where an element is not finite.
pub(super) fn leading<T: Number>(stack: Stack<'_>, u: &[T], vectors: Vectors, out: &mut [T]) {
    let Some(svd) = decompose(stack, 0, u, vectors) else { return out.fill(T::of(f64::NAN)) };
    let long = if vectors == Vectors::Left { stack.rows() } else { stack.columns() };
    let rank = out.len() / long;
    for k in 0..rank {
        let entry = |i: usize| match (&svd.u, &svd.v_t) {
            (Some(u), _) => u[(i, k)],
            (_, Some(v_t)) => v_t[(k, i)],
            _ => unreachable!("one of the two has been asked for"),
        };
        let largest =
            (0..long).map(entry).fold(0.0, |best: f64, x| if x.abs() > best.abs() { x } else { best });
        for i in 0..long {
            out[i * rank + k] = T::of(entry(i) * largest.signum());
        }
    }
}
