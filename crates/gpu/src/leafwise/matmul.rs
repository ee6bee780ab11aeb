//! Products of stacks of matrices: each workgroup computes a tile of 64 x 64 entries, each thread 4 x 4 of them.

use super::leaf::{Leaf, Operand, dispatch};
use crate::builder::Builder;
use crate::error::Error;

/// The sizes of products `left (m x k) * right (k x n)` of matrices in row-major order.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub matrices: u64,
    pub m: u64,
    pub n: u64,
    pub k: u64,
    /// Whether the operand `right` holds the transpose.
    pub transposed: bool,
}

/// The words of the block that a product needs for itself.
pub(crate) const WORDS: usize = 4;

/// Adds the dispatch of a product of the operands `left` and `right`.
///
/// `store` is the statement that stores an entry `value`: `at` is its place in row-major order, and `row`, `column` and `workgroup.z` are
/// its indices.
pub(crate) fn product(
    builder: &mut Builder<'_>,
    leaf: &Leaf,
    label: &str,
    operands: &[Operand<'_>],
    size: Size,
    (declarations, store): (&str, &str),
    block: &[u32],
) -> Result<(), Error> {
    let right = if size.transposed { "column * k_size + k" } else { "k * n_size + column" };
    // Neighbouring threads read neighbouring numbers of either operand.
    let right_place = if size.transposed {
        "let k = lane % 16u; let c = lane / 16u + 16u * i;"
    } else {
        "let k = lane / 64u + 4u * i; let c = lane % 64u;"
    };
    let body = format!(
        "\
\x20 let m_size = block[0].x;
  let n_size = block[0].y;
  let k_size = block[0].z;
  let left_start = workgroup.z * m_size * k_size;
  let right_start = workgroup.z * k_size * n_size;
  let first_row = workgroup.y * 64u;
  let first_column = workgroup.x * 64u;
  let own_row = lane / 16u * 4u;
  let own_column = lane % 16u * 4u;
  var values: array<vec4<f32>, 4>;
  for (var start = 0u; start < k_size; start = start + 16u) {{
    for (var i = 0u; i < 4u; i = i + 1u) {{
      let r = lane / 16u + 16u * i;
      let k = start + lane % 16u;
      var x = 0.0;
      if (first_row + r < m_size && k < k_size) {{ x = left[left_start + (first_row + r) * k_size + k]; }}
      left_tile[lane % 16u][r] = x;
    }}
    for (var i = 0u; i < 4u; i = i + 1u) {{
      {right_place}
      right_tile[k][c] = right_entry(right_start, start + k, first_column + c, n_size, k_size);
    }}
    workgroupBarrier();
    for (var k = 0u; k < 16u; k = k + 1u) {{
      let row = vec4<f32>(right_tile[k][own_column], right_tile[k][own_column + 1u], right_tile[k][own_column + 2u], right_tile[k][own_column + 3u]);
      for (var i = 0u; i < 4u; i = i + 1u) {{
        values[i] = values[i] + left_tile[k][own_row + i] * row;
      }}
    }}
    workgroupBarrier();
  }}
  for (var i = 0u; i < 4u; i = i + 1u) {{
    for (var j = 0u; j < 4u; j = j + 1u) {{
      let row = first_row + own_row + i;
      let column = first_column + own_column + j;
      if (row < m_size && column < n_size) {{
        let at = workgroup.z * m_size * n_size + row * n_size + column;
        let value = values[i][j];
{store}      }}
    }}
  }}
"
    );
    let declarations = format!(
        "\
var<workgroup> left_tile: array<array<f32, 64>, 16>;
var<workgroup> right_tile: array<array<f32, 64>, 16>;
fn right_entry(start: u32, k: u32, column: u32, n_size: u32, k_size: u32) -> f32 {{
  if (k < k_size && column < n_size) {{ return right[start + {right}]; }}
  return 0.0;
}}
{declarations}"
    );
    let Size { matrices, m, n, k, .. } = size;
    let mut words = vec![m as u32, n as u32, k as u32, 0];
    words.extend(block);
    let workgroups = [n.div_ceil(64), m.div_ceil(64), matrices];
    dispatch(builder, leaf, label, operands, (&declarations, &body), workgroups, &words)
}
