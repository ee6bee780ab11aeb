//! GaLore: gradients projected to a lower rank and back; a leaf without axes is copied.

use crate::lanes::dispatch::Number;
use crate::leafwise::kernel::{Case, Leaf, LeafSlot, Leafwise, reads, writes};
use crate::leafwise::matrix::{View, multiply};
use crate::leafwise::singular::{Vectors, leading};
use crate::leafwise::stack::Stack;

/// Copies the matrix of a leaf in row-major order.
fn gather<'a, T: Number>(stack: Stack<'_>, u: &[T], scratch: &'a mut [f64]) -> &'a [T] {
    let dense = &mut T::borrow(scratch)[..u.len()];
    let columns = stack.columns();
    stack.each(0, |row, column, element| dense[row * columns + column] = u[element]);
    dense
}

fn scratch(shape: &[usize]) -> usize {
    shape.iter().fold(1, |product: usize, size| product.saturating_mul(*size))
}

/// Returns whether `slot_sizes` are the size of a projector for the matrix, of at most full rank, and the size of the matrix projected.
fn fits(shape: &[usize], axes: &[usize], columns: &[usize], slot_sizes: &[usize]) -> bool {
    let n: usize = shape.iter().product();
    if axes.is_empty() {
        return slot_sizes[1] == n;
    }
    let stack = Stack::new(shape, axes, columns);
    let (short, long) = (stack.rows().min(stack.columns()), stack.rows().max(stack.columns()));
    let rank = slot_sizes[0] / long;
    short * long == n && slot_sizes[0] == rank * long && rank <= short && slot_sizes[1] == rank * short
}

/// Returns the cases of these steps: matrices projected to rank three by a new projector, matrices by an old one, and leaves without axes.
const fn cases(steps: &'static [&'static str]) -> [Case; 3] {
    let leaves = Case { leaves: &[&[4, 9], &[33, 3], &[8, 2, 5]], steps, ..Case::EMPTY };
    let matrices = Case {
        axes: &[0],
        slots: &[
            ("projector", |shape, axes| {
                let [rows, columns] = sides(shape, axes);
                vec![rows.max(columns), 3]
            }),
            ("low_rank", |shape, axes| {
                let [rows, columns] = sides(shape, axes);
                if rows >= columns { vec![3, columns] } else { vec![rows, 3] }
            }),
        ],
        ..leaves
    };
    [Case { scalars: &[("renew", 1.0)], ..matrices }, Case { scalars: &[("renew", 0.0)], ..matrices }, leaves]
}

/// Returns the rows and columns of a leaf that is one matrix.
fn sides(shape: &[usize], axes: &[usize]) -> [usize; 2] {
    let rows = axes.iter().map(|axis| shape[*axis]).product();
    [rows, shape.iter().product::<usize>() / rows]
}

/// Writes the projection of the gradient to `low_rank`: `P' G` where `G` has at least as many rows as columns, else `G P`.
///
/// If `renew` is 1, the leading singular vectors of `G` first replace `P` in `projector`: left ones for `P' G`, right ones for `G P`.
pub(crate) struct Project;

impl Leafwise for Project {
    const NAME: &'static str = "galore_project";
    const SLOTS: &'static [LeafSlot] = &[writes("projector"), writes("low_rank")];
    const SCALARS: &'static [&'static str] = &["renew"];
    const READS_PARAMS: bool = false;
    const READS_ONLY: bool = true;
    const CASES: &'static [Case] = &cases(&[Self::NAME]);

    fn fits(shape: &[usize], axes: &[usize], columns: &[usize], slot_sizes: &[usize]) -> bool {
        fits(shape, axes, columns, slot_sizes)
    }

    fn scratch(shape: &[usize], _: &[usize], _: &[usize]) -> usize {
        scratch(shape)
    }

    fn run<T: Number>(leaf: Leaf<'_, T>) {
        let Leaf {
            input,
            shape,
            axes,
            columns,
            slots: [projector, low_rank, ..],
            scalars,
            context,
            scratch,
            ..
        } = leaf;
        let u = input.expect("it only reads u");
        if axes.is_empty() {
            return low_rank.copy_from_slice(u);
        }
        let stack = Stack::new(shape, axes, columns);
        let (m, n) = (stack.rows(), stack.columns());
        let (vectors, long) = if m >= n { (Vectors::Left, m) } else { (Vectors::Right, n) };
        if scalars[0].widen() == 1.0 {
            leading(stack, u, vectors, projector);
        }
        let dense = gather(stack, u, scratch);
        let (gradient, projector) =
            (View::new(dense, m, n), View::new(projector, long, projector.len() / long));
        match vectors {
            Vectors::Left => multiply(context.team, projector.transposed(), gradient, low_rank),
            _ => multiply(context.team, gradient, projector, low_rank),
        }
    }
}

/// Projects back: `u = scale * P R`, or `scale * R P'`, with `R` in `low_rank`.
pub(crate) struct ProjectBack;

impl Leafwise for ProjectBack {
    const NAME: &'static str = "galore_project_back";
    const SLOTS: &'static [LeafSlot] = &[reads("projector"), reads("low_rank")];
    const SCALARS: &'static [&'static str] = &["scale"];
    const READS_PARAMS: bool = false;
    const OUT_OF_PLACE: bool = true;
    const CASES: &'static [Case] = &cases(&["galore_project", Self::NAME]);

    fn fits(shape: &[usize], axes: &[usize], columns: &[usize], slot_sizes: &[usize]) -> bool {
        fits(shape, axes, columns, slot_sizes)
    }

    fn scratch(shape: &[usize], _: &[usize], _: &[usize]) -> usize {
        scratch(shape)
    }

    fn run<T: Number>(leaf: Leaf<'_, T>) {
        let Leaf {
            u, shape, axes, columns, slots: [projector, low_rank, ..], scalars, context, scratch, ..
        } = leaf;
        if axes.is_empty() {
            return u.copy_from_slice(low_rank);
        }
        let stack = Stack::new(shape, axes, columns);
        let (m, n) = (stack.rows(), stack.columns());
        let long = m.max(n);
        let rank = projector.len() / long;
        let projector = View::new(projector, long, rank);
        let dense = &mut T::borrow(scratch)[..u.len()];
        if m >= n {
            multiply(context.team, projector, View::new(low_rank, rank, n), dense);
        } else {
            multiply(context.team, View::new(low_rank, m, rank), projector.transposed(), dense);
        }
        let scale = scalars[0].lane();
        stack.each(0, |row, column, element| u[element] = T::number(scale * dense[row * n + column].lane()));
    }
}
