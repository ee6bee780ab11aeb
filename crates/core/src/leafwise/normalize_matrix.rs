//! Matrices divided by their norms.

use crate::lanes::dispatch::Number;
use crate::lanes::lane::Lane;
use crate::leafwise::kernel::{Case, Leaf, Leafwise};
use crate::leafwise::singular::largest;
use crate::leafwise::stack::{Stack, cases};

/// Returns an element of a matrix, divided by the norm of the matrix.
#[inline(always)]
pub fn normalized<L: Lane>(u: L, norm: L, eps: L) -> L {
    u / (norm + eps)
}

/// Divides each matrix by its norm.
fn divide<T: Number>(leaf: Leaf<'_, T>, norm: impl Fn(Stack<'_>, usize, &[T]) -> f64) {
    let Leaf { u, shape, axes, columns, scalars, .. } = leaf;
    let stack = Stack::new(shape, axes, columns);
    for matrix in 0..stack.matrices() {
        let (norm, eps) = (T::of(norm(stack, matrix, u)).lane(), scalars[0].lane());
        stack.each(matrix, |_, _, element| u[element] = T::number(normalized(u[element].lane(), norm, eps)));
    }
}

/// `u / (|u| + eps)` with the Frobenius norm: the root of the sum of squares.
pub(crate) struct ByFrobenius;

impl Leafwise for ByFrobenius {
    const NAME: &'static str = "normalize_by_frobenius";
    const SCALARS: &'static [&'static str] = &["eps"];
    const READS_PARAMS: bool = false;
    const CASES: &'static [Case] = &cases(&[Self::NAME], &[("eps", 1e-8)]);

    fn run<T: Number>(leaf: Leaf<'_, T>) {
        divide(leaf, |stack, matrix, u| {
            let mut squares = 0.0;
            stack.each(matrix, |_, _, element| squares += u[element].widen() * u[element].widen());
            squares.sqrt()
        });
    }
}

/// `u / (|u| + eps)` with the spectral norm: the largest singular value.
pub(crate) struct BySpectral;

impl Leafwise for BySpectral {
    const NAME: &'static str = "normalize_by_spectral";
    const SCALARS: &'static [&'static str] = &["eps"];
    const READS_PARAMS: bool = false;
    const CASES: &'static [Case] = &[
        Case { leaves: &[&[5, 7], &[7, 12], &[20, 3]], axes: &[0], steps: &[Self::NAME], ..Case::EMPTY },
        Case { leaves: &[&[4, 3, 2, 5]], axes: &[1, 2], columns: &[0], steps: &[Self::NAME], ..Case::EMPTY },
    ];

    fn run<T: Number>(leaf: Leaf<'_, T>) {
        divide(leaf, largest);
    }
}
