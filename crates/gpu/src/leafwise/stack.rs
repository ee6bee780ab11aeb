//! A leaf as a stack of matrices: rows along some axes, columns along others, one matrix for each index of the rest.

use super::leaf::Leaf;

/// How a leaf is cut to matrices.
pub(crate) struct Stack<'a> {
    leaf: &'a Leaf,
    outside: Vec<usize>,
}

/// Finds element `i` of a stack in its leaf: `block[at]` has the number of axes, then their sizes and strides, last axis first.
pub(crate) const PLACE: &str = "\
fn word(at: u32) -> u32 { return block[at / 4u][at % 4u]; }
fn place(i: u32, at: u32) -> u32 {
  var rest = i;
  var offset = 0u;
  for (var axis = 0u; axis < word(at); axis = axis + 1u) {
    let size = word(at + 1u + 2u * axis);
    offset = offset + (rest % size) * word(at + 2u + 2u * axis);
    rest = rest / size;
  }
  return offset;
}
";

impl<'a> Stack<'a> {
    pub(crate) fn of(leaf: &'a Leaf) -> Stack<'a> {
        let inside = |axis: &usize| leaf.axes.contains(axis) || leaf.columns.contains(axis);
        Stack { leaf, outside: (0..leaf.shape.len()).filter(|axis| !inside(axis)).collect() }
    }

    fn product(&self, axes: &[usize]) -> u64 {
        axes.iter().map(|axis| self.leaf.shape[*axis] as u64).product()
    }

    pub(crate) fn rows(&self) -> u64 {
        self.product(&self.leaf.axes)
    }

    pub(crate) fn columns(&self) -> u64 {
        self.product(&self.leaf.columns)
    }

    pub(crate) fn matrices(&self) -> u64 {
        self.product(&self.outside)
    }

    /// The words that `place` reads: matrix by matrix, row by row, or column by column.
    pub(crate) fn words(&self, row_by_row: bool) -> Vec<u32> {
        let Leaf { shape, axes, columns, .. } = self.leaf;
        let (slow, fast) = if row_by_row { (axes, columns) } else { (columns, axes) };
        let order: Vec<usize> = self.outside.iter().chain(slow).chain(fast).copied().collect();
        let mut words = vec![order.len() as u32];
        for &axis in order.iter().rev() {
            let stride: usize = shape[axis + 1..].iter().product();
            words.extend([shape[axis] as u32, stride as u32]);
        }
        words
    }
}
