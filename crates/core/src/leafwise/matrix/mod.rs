//! Matrix products. Each element is added up in order, from sums of 256 products each; only on aarch64 with fused multiply-add.
//!
//! Threads take panels of rows. Of a symmetric product one half is computed and mirrored.

#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::lanes::dispatch::Number;
use crate::threads::{Shared, Team};

/// The rows of a thread's task.
const PANEL: usize = 128;
/// The rows and columns of a tile that is mirrored at once.
const TILE: usize = 32;

/// A matrix over borrowed numbers.
#[derive(Clone, Copy)]
pub(crate) struct View<'a, T> {
    data: &'a [T],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a, T> View<'a, T> {
    /// Views numbers in row-major order.
    pub(crate) fn new(data: &'a [T], rows: usize, columns: usize) -> View<'a, T> {
        assert!(rows.checked_mul(columns) == Some(data.len()));
        View { data, rows, columns, row_stride: columns, column_stride: 1 }
    }

    /// Returns the transpose, over the same numbers.
    pub(crate) fn transposed(self) -> View<'a, T> {
        let View {
            rows: columns, columns: rows, row_stride: column_stride, column_stride: row_stride, ..
        } = self;
        View { rows, columns, row_stride, column_stride, ..self }
    }

    /// Returns some of its rows.
    fn panel(self, rows: Range<usize>) -> View<'a, T> {
        assert!(rows.start < rows.end && rows.end <= self.rows);
        let data = self.data.get(rows.start * self.row_stride..).unwrap_or_default();
        View { data, rows: rows.len(), ..self }
    }

    fn strides(self) -> (isize, isize) {
        (self.row_stride as isize, self.column_stride as isize)
    }
}

/// Computes `out = left * right` in row-major order.
pub(crate) fn multiply<T: Number>(team: Team<'_>, left: View<T>, right: View<T>, out: &mut [T]) {
    assert!(left.rows.checked_mul(right.columns) == Some(out.len()));
    each_panel(team, left.rows, right.columns, out, |rows, out| {
        product(left.panel(rows), right, out, right.columns);
    });
}

/// Computes `out = left * right` for a product that is symmetric to the last bit.
pub(crate) fn multiply_symmetric<T: Number>(team: Team<'_>, left: View<T>, right: View<T>, out: &mut [T]) {
    let n = left.rows;
    assert!(right.columns == n && n.checked_mul(n) == Some(out.len()));
    each_panel(team, n, n, out, |rows, out| {
        let columns = right.transposed().panel(0..rows.end).transposed();
        product(left.panel(rows), columns, out, n);
    });
    mirror(out, n);
}

/// Runs `work` on panels of the rows of `out`, shared by threads, the last first: in a triangle it has the most work.
fn each_panel<T: Number>(
    team: Team<'_>,
    rows: usize,
    columns: usize,
    out: &mut [T],
    work: impl Fn(Range<usize>, &mut [T]) + Sync,
) {
    let (panels, out) = (rows.div_ceil(PANEL), Shared::new(out));
    team.each(panels, |task| {
        let start = (panels - 1 - task) * PANEL;
        let end = rows.min(start + PANEL);
        // SAFETY: no two panels have a row in common.
        work(start..end, unsafe { out.part(start * columns..end * columns) });
    });
}

/// Copies the half below the diagonal to the half above it.
fn mirror<T: Copy>(matrix: &mut [T], n: usize) {
    for top in (0..n).step_by(TILE) {
        for left in (0..=top).step_by(TILE) {
            for row in top..n.min(top + TILE) {
                for column in left..row.min(left + TILE) {
                    matrix[column * n + row] = matrix[row * n + column];
                }
            }
        }
    }
}

/// Computes `out = left * right`; the rows of `out` start `stride` elements apart.
fn product<T: Number>(left: View<T>, right: View<T>, out: &mut [T], stride: usize) {
    let (m, k, n) = (left.rows, left.columns, right.columns);
    assert!(right.rows == k && n <= stride && m.checked_mul(stride) == Some(out.len()));
    let (left_row, left_column) = left.strides();
    let (right_row, right_column) = right.strides();
    let (one, zero) = (T::of(1.0), T::of(0.0));
    let (left, right, out) = (left.data.as_ptr(), right.data.as_ptr(), out.as_mut_ptr());
    // SAFETY: the asserts keep every access in bounds, and no other thread accesses `out`.
    unsafe {
        T::GEMM(
            m,
            k,
            n,
            one,
            left,
            left_row,
            left_column,
            right,
            right_row,
            right_column,
            zero,
            out,
            stride as isize,
            1,
        );
    }
}
