//! A leaf as a stack of matrices: rows along some axes, columns along others, and a matrix for each index along the rest.

use crate::leafwise::kernel::{Case, LARGE_AND_SMALL};

/// Returns cases of a kernel of matrices with these steps and scalars: leaves whose rows and columns lie in either order.
pub(super) const fn cases(
    steps: &'static [&'static str],
    scalars: &'static [(&'static str, f64)],
) -> [Case; 4] {
    let base = Case { steps, scalars, ..Case::EMPTY };
    [
        Case { leaves: &[&[5, 7], &[70, 130], &[130, 70], &[200, 3]], axes: &[0], ..base },
        Case { leaves: &[&[4, 3, 2, 5]], axes: &[1, 2], columns: &[0], ..base },
        Case { leaves: &[&[3, 17, 33]], axes: &[1], columns: &[2], ..base },
        Case { leaves: LARGE_AND_SMALL, axes: &[1], columns: &[2], ..base },
    ]
}

/// A shape with the axes of its rows and of its columns.
#[derive(Clone, Copy)]
pub struct Stack<'a> {
    shape: &'a [usize],
    rows: &'a [usize],
    columns: &'a [usize],
}

impl<'a> Stack<'a> {
    /// Views a shape as a stack of matrices.
    pub fn new(shape: &'a [usize], rows: &'a [usize], columns: &'a [usize]) -> Stack<'a> {
        Stack { shape, rows, columns }
    }

    /// Counts the rows of each matrix.
    pub fn rows(self) -> usize {
        self.product(|axis| self.rows.contains(&axis))
    }

    /// Counts the columns of each matrix.
    pub fn columns(self) -> usize {
        self.product(|axis| self.columns.contains(&axis))
    }

    /// Counts the matrices.
    pub fn matrices(self) -> usize {
        self.product(|axis| self.is_outside(axis))
    }

    /// Returns the axes that count matrices: those of neither rows nor columns.
    pub fn outside(self) -> impl Iterator<Item = usize> {
        (0..self.shape.len()).filter(move |axis| self.is_outside(*axis))
    }

    fn is_outside(self, axis: usize) -> bool {
        !self.rows.contains(&axis) && !self.columns.contains(&axis)
    }

    fn product(self, among: impl Fn(usize) -> bool) -> usize {
        let sizes = self.shape.iter().enumerate().filter(|(axis, _)| among(*axis));
        sizes.fold(1, |product: usize, (_, size)| product.saturating_mul(*size))
    }

    /// Returns the offset in memory of an index that counts along some of the axes.
    fn offset(self, mut index: usize, among: impl Fn(usize) -> bool) -> usize {
        let (mut offset, mut stride) = (0, 1);
        for (axis, &size) in self.shape.iter().enumerate().rev() {
            if among(axis) {
                offset += index % size * stride;
                index /= size;
            }
            stride *= size;
        }
        offset
    }

    /// Calls `visit(row, column, element)` for every element of a matrix, row by row.
    pub(super) fn each(self, matrix: usize, mut visit: impl FnMut(usize, usize, usize)) {
        let start = self.offset(matrix, |axis| self.is_outside(axis));
        // Neighbours along the last axis of the columns are the same distance apart: one offset serves all of them.
        let last = self.columns.last().copied();
        let run = last.map_or(1, |axis| self.shape[axis]);
        let stride = last.map_or(1, |axis| self.shape[axis + 1..].iter().product());
        for row in 0..self.rows() {
            let row_start = start + self.offset(row, |axis| self.rows.contains(&axis));
            for first in (0..self.columns()).step_by(run) {
                let at = row_start + self.offset(first, |axis| self.columns.contains(&axis));
                for i in 0..run {
                    visit(row, first + i, at + i * stride);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visits_every_element_of_every_matrix_once() {
        let shape = [2, 3, 2, 5];
        for (rows, columns) in [(&[0][..], &[1, 2, 3][..]), (&[1, 3], &[0]), (&[3], &[1]), (&[0, 2], &[1, 3])]
        {
            let stack = Stack::new(&shape, rows, columns);
            let mut seen = vec![0; 60];
            for matrix in 0..stack.matrices() {
                let mut next = 0;
                stack.each(matrix, |row, column, element| {
                    assert_eq!(row * stack.columns() + column, next);
                    next += 1;
                    seen[element] += 1;
                });
            }
            assert_eq!(seen, vec![1; 60]);
        }
    }
}
