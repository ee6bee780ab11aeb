//! Adafactor's factored second moment.

use gradloom_core::leafwise::factored_rms::{column_factor, moment, row_factor, square};
use gradloom_core::leafwise::two_axes::TwoAxes;

use super::leaf::{Leaf, Operand, dispatch, each, reads, writes};
use crate::builder::Builder;
use crate::error::Error;
use crate::wgsl::{FOLD, statement};

/// A shape of three dimensions, of which the middle one is summed.
#[derive(Clone, Copy)]
struct Along {
    outer: u64,
    n: u64,
    inner: u64,
}

/// Adds dispatches that compute means along one dimension: `term` is the body of a WGSL function of `i`, and `store` the statement that
/// stores `mean` at `at`.
fn mean_along(
    builder: &mut Builder<'_>,
    leaf: &Leaf,
    label: &str,
    operands: &[Operand<'_>],
    (term, store): (&str, &str),
    Along { outer, n, inner }: Along,
) -> Result<(), Error> {
    let count = outer * inner;
    let declarations = format!("{FOLD}fn term(i: u32) -> f32 {{\n{term}}}\n");
    // Neighbouring threads read neighbouring numbers: each thread has a mean of its own, unless the summed dimension is the last one.
    if inner > 1 {
        let body = format!(
            "\
\x20     let first = i / block[1].y * block[1].x * block[1].y + i % block[1].y;
      var sum = 0.0;
      for (var k = 0u; k < block[1].x; k = k + 1u) {{ sum = sum + term(first + k * block[1].y); }}
      let at = i;
      let mean = sum / f32(block[1].x);
{store}"
        );
        return each(
            builder,
            leaf,
            label,
            operands,
            (&declarations, &body),
            count,
            &[n as u32, inner as u32],
        );
    }
    let body = format!(
        "\
\x20 let at = workgroup.y * block[0].y + workgroup.x;
  var sum = 0.0;
  if (at < block[0].z) {{
    for (var k = lane; k < block[0].x; k = k + 256u) {{ sum = sum + term(at * block[0].x + k); }}
  }}
  let total = fold(lane, sum);
  if (lane == 0u && at < block[0].z) {{
    let mean = total / f32(block[0].x);
{store}  }}
"
    );
    let wide = count.min(builder.request.limits.max_compute_workgroups_per_dimension);
    let workgroups = [wide, count.div_ceil(wide), 1];
    let block = [n as u32, wide as u32, count as u32];
    dispatch(builder, leaf, label, operands, (&declarations, &body), workgroups, &block)
}

pub(crate) fn lower(builder: &mut Builder<'_>, leaf: &Leaf) -> Result<(), Error> {
    let &[v_row, v_col, row, column] = &leaf.slots[..] else {
        unreachable!("as many slots as the kernel has")
    };
    let &[a, b] = &leaf.axes[..] else { unreachable!("`fits` accepts exactly two axes") };
    let TwoAxes { outer, a, middle, b, inner } = TwoAxes::new(&leaf.shape, a, b);
    let [outer, size_a, middle, size_b, inner] = [outer, a, middle, b, inner].map(|count| count as u64);
    let row_lacks_b = size_b >= size_a;
    let (without_b, without_a) = if row_lacks_b { (v_row, v_col) } else { (v_col, v_row) };
    let (of_v_row, of_v_col) = if row_lacks_b { (row, column) } else { (column, row) };

    let term = statement(2, "return", ["u[i]", "scalar(2u)"], |[u, epsilon]| square(u, epsilon));
    let inputs = ["v[at]", "mean", "scalar(0u)", "scalar(1u)"];
    let store = statement(4, "v[at] =", inputs, |[v, mean, decay, rest]| moment(v, mean, decay, rest));
    let along_b = Along { outer: outer * size_a * middle, n: size_b, inner };
    let along_a = Along { outer, n: size_a, inner: middle * size_b * inner };
    for (slot, along) in [(without_b, along_b), (without_a, along_a)] {
        let operands = [reads("u", leaf.u), writes("v", slot)];
        mean_along(builder, leaf, "means of squares", &operands, (&term, &store), along)?;
    }
    // The mean of v_row over the axis that v_col lacks.
    let along = if row_lacks_b {
        Along { outer, n: size_a, inner: middle * inner }
    } else {
        Along { outer: outer * middle, n: size_b, inner }
    };
    let means = builder.scratch_range("means of rows", along.outer * along.inner);
    let operands = [reads("v", v_row), writes("means", means)];
    let body = ("  return v[i];\n", "    means[at] = mean;\n");
    mean_along(builder, leaf, "means of rows", &operands, body, along)?;

    let mean = "means[i / (block[1].x * block[1].y) * block[1].y + i % block[1].y]";
    let body = statement(6, "factor[i] =", ["v[i]", mean], |[v, mean]| row_factor(v, mean));
    let operands = [reads("v", v_row), reads("means", means), writes("factor", of_v_row)];
    let (rows, columns) = if row_lacks_b { (along_b, along_a) } else { (along_a, along_b) };
    let block = [along.n as u32, along.inner as u32];
    each(builder, leaf, "factors of rows", &operands, ("", &body), rows.outer * rows.inner, &block)?;
    let body = statement(6, "factor[i] =", ["v[i]"], |[v]| column_factor(v));
    let operands = [reads("v", v_col), writes("factor", of_v_col)];
    each(builder, leaf, "factors of columns", &operands, ("", &body), columns.outer * columns.inner, &[])
}
