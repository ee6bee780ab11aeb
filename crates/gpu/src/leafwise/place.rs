//! The place in a leaf of an element of its stack of matrices.

use super::leaf::Leaf;

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

/// Returns the words that `place` reads for elements in the order of the matrices, and in each row by row or column by column.
pub(crate) fn words(leaf: &Leaf, row_by_row: bool) -> Vec<u32> {
    let Leaf { shape, axes, columns, .. } = leaf;
    let (slow, fast) = if row_by_row { (axes, columns) } else { (columns, axes) };
    let order: Vec<usize> = leaf.stack().outside().chain(slow.iter().chain(fast).copied()).collect();
    let mut words = vec![order.len() as u32];
    for &axis in order.iter().rev() {
        let stride: usize = shape[axis + 1..].iter().product();
        words.extend([shape[axis] as u32, stride as u32]);
    }
    words
}
