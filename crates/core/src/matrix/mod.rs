//! Matrix products: an element is the sum, in order, of sums over 256 terms, which only aarch64 multiplies and adds at once.

#[cfg(test)]
mod tests;

use crate::compiled::Number;

/// From sizes m, k, n and matrices with their strides to `out = alpha * left * right + beta * out`.
pub(crate) type Gemm<T> = unsafe fn(
    usize,
    usize,
    usize,
    T,
    *const T,
    isize,
    isize,
    *const T,
    isize,
    isize,
    T,
    *mut T,
    isize,
    isize,
);

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
    /// Row by row.
    pub(crate) fn new(data: &'a [T], rows: usize, columns: usize) -> View<'a, T> {
        assert!(rows.checked_mul(columns) == Some(data.len()));
        View { data, rows, columns, row_stride: columns, column_stride: 1 }
    }

    pub(crate) fn transposed(self) -> View<'a, T> {
        let View {
            rows: columns, columns: rows, row_stride: column_stride, column_stride: row_stride, ..
        } = self;
        View { rows, columns, row_stride, column_stride, ..self }
    }

    fn strides(self) -> (isize, isize) {
        (self.row_stride as isize, self.column_stride as isize)
    }
}

/// `out = left * right`, row by row.
pub(crate) fn multiply<T: Number>(left: View<T>, right: View<T>, out: &mut [T]) {
    let (m, k, n) = (left.rows, left.columns, right.columns);
    assert!(right.rows == k && m.checked_mul(n) == Some(out.len()));
    let (left_row, left_column) = left.strides();
    let (right_row, right_column) = right.strides();
    let (one, zero) = (T::of(1.0), T::of(0.0));
    let (left, right, out) = (left.data.as_ptr(), right.data.as_ptr(), out.as_mut_ptr());
    // SAFETY: every element of the views and of `out`, which nobody else sees, lies in a slice as long as its matrix is large.
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
            n as isize,
            1,
        );
    }
}
