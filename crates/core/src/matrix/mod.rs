//! Matrix products with the same bits on every instruction set: an element is the sum, in order, of sums over 256 terms.

mod product;
#[cfg(test)]
mod tests;

use product::{DEPTH, LEFT, MOST_COLUMNS, PRODUCT, Product, RIGHT, Raw};

use crate::Isa;
use crate::compiled::Number;

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
        assert!(rows * columns == data.len());
        View { data, rows, columns, row_stride: columns, column_stride: 1 }
    }

    pub(crate) fn transposed(self) -> View<'a, T> {
        let View {
            rows: columns, columns: rows, row_stride: column_stride, column_stride: row_stride, ..
        } = self;
        View { rows, columns, row_stride, column_stride, ..self }
    }

    fn raw(self) -> Raw<T> {
        let View { data, rows, columns, row_stride, column_stride } = self;
        Raw { data: data.as_ptr(), rows, columns, row_stride, column_stride }
    }
}

/// How much room a product with so many columns needs.
pub(crate) fn room(columns: usize) -> usize {
    DEPTH * (columns.min(RIGHT).next_multiple_of(MOST_COLUMNS) + LEFT)
}

/// `out = left * right`, row by row.
///
/// `isa` is one that the machine has; `space` has at least `room(right.columns)` numbers.
pub(crate) fn multiply<T: Number>(isa: Isa, left: View<T>, right: View<T>, out: &mut [T], space: &mut [T]) {
    product(isa, left, right, out, space, false);
}

/// The same for a product that is its own transpose, of which only half is computed.
pub(crate) fn multiply_symmetric<T: Number>(
    isa: Isa,
    left: View<T>,
    right: View<T>,
    out: &mut [T],
    space: &mut [T],
) {
    product(isa, left, right, out, space, true);
    for row in 0..left.rows {
        for column in 0..row {
            out[row * left.rows + column] = out[column * left.rows + row];
        }
    }
}

fn product<T: Number>(
    isa: Isa,
    left: View<T>,
    right: View<T>,
    out: &mut [T],
    space: &mut [T],
    upper_half: bool,
) {
    assert!(left.columns == right.rows && out.len() == left.rows * right.columns);
    assert!(space.len() >= room(right.columns) && (!upper_half || left.rows == right.columns));
    let (left, right) = (left.raw(), right.raw());
    let args = Product { left, right, out: out.as_mut_ptr(), room: space.as_mut_ptr(), upper_half };
    // SAFETY: the views are in bounds, the room is large enough, and a session runs on a set that the machine has.
    unsafe { PRODUCT.entry::<T>(isa)(&args) }
}
