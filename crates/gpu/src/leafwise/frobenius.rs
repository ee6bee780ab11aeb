//! Matrices divided by their Frobenius norms.

use gradloom_core::leafwise::normalize_matrix::normalized;

use super::leaf::{Leaf, dispatch, reads, writes};
use super::place::{PLACE, words};
use crate::builder::Builder;
use crate::error::Error;
use crate::wgsl::{FOLD, statement};

/// The most workgroups that sum one matrix: the second shader reads the sum of each with one thread.
const PARTS: u64 = 256;

pub(crate) fn lower(builder: &mut Builder<'_>, leaf: &Leaf) -> Result<(), Error> {
    let stack = leaf.stack();
    let [n, matrices] = [stack.rows() * stack.columns(), stack.matrices()].map(|count| count as u64);
    let parts = n.div_ceil(1024).min(PARTS);
    let squares = builder.scratch_range("squares of parts", matrices * parts);
    let mut block = vec![n as u32, parts as u32, 0, 0];
    block.extend(words(leaf, true));
    let declarations = format!("{FOLD}{PLACE}");

    let sum = "\
\x20 let parts = block[0].y;
  var sum = 0.0;
  for (var i = workgroup.x * 256u + lane; i < block[0].x; i = i + parts * 256u) {
    let x = u[place(workgroup.y * block[0].x + i, 4u)];
    sum = sum + x * x;
  }
  let total = fold(lane, sum);
  if (lane == 0u) { squares[workgroup.y * parts + workgroup.x] = total; }
";
    let operands = [reads("u", leaf.u), writes("squares", squares)];
    dispatch(
        builder,
        leaf,
        "squares of a matrix",
        &operands,
        (&declarations, sum),
        [parts, matrices, 1],
        &block,
    )?;

    let store =
        statement(4, "u[at] =", ["u[at]", "norm", "scalar(0u)"], |[u, norm, eps]| normalized(u, norm, eps));
    let divide = format!(
        "\
\x20 let parts = block[0].y;
  var part = 0.0;
  if (lane < parts) {{ part = squares[workgroup.y * parts + lane]; }}
  let norm = sqrt(fold(lane, part));
  for (var i = workgroup.x * 256u + lane; i < block[0].x; i = i + parts * 256u) {{
    let at = place(workgroup.y * block[0].x + i, 4u);
{store}  }}
"
    );
    let operands = [writes("u", leaf.u), reads("squares", squares)];
    let workgroups = [parts, matrices, 1];
    dispatch(builder, leaf, "normalize_by_frobenius", &operands, (&declarations, &divide), workgroups, &block)
}
