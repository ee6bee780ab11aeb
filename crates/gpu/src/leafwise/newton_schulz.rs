//! Newton-Schulz steps, `a X + (b A + c A A) X` with `A = X X'`, for every matrix of a leaf.

use gradloom_core::leafwise::newton_schulz::{factor, next, polynomial, rescaled, rescaled_product};

use super::leaf::{Leaf, dispatch, each, reads, writes};
use super::matmul::{self, Size, product};
use super::place::{PLACE, words};
use crate::builder::Builder;
use crate::error::Error;
use crate::gpu_plan::Range;
use crate::wgsl::{FOLD, statement};

/// The factors by which `X` is rescaled before the step.
enum Preconditioning {
    None,
    Aol,
    Schatten,
}

pub(crate) fn plain(builder: &mut Builder<'_>, leaf: &Leaf) -> Result<(), Error> {
    lower(builder, leaf, Preconditioning::None)
}

pub(crate) fn aol(builder: &mut Builder<'_>, leaf: &Leaf) -> Result<(), Error> {
    lower(builder, leaf, Preconditioning::Aol)
}

pub(crate) fn schatten(builder: &mut Builder<'_>, leaf: &Leaf) -> Result<(), Error> {
    lower(builder, leaf, Preconditioning::Schatten)
}

fn lower(builder: &mut Builder<'_>, leaf: &Leaf, preconditioning: Preconditioning) -> Result<(), Error> {
    let stack = leaf.stack();
    let [m, n, matrices] = [stack.rows(), stack.columns(), stack.matrices()].map(|count| count as u64);
    let (rows, columns) = (m.min(n), m.max(n));
    let x = builder.scratch_range("X", matrices * rows * columns);
    let gram = builder.scratch_range("A", matrices * rows * rows);
    let combined = builder.scratch_range("polynomial of A", matrices * rows * rows);
    let place = words(leaf, m <= n);

    let gather = (PLACE, "      x[i] = u[place(i, 4u)];\n");
    each(builder, leaf, "rows of X", &[reads("u", leaf.u), writes("x", x)], gather, leaf.elements(), &place)?;

    let square = Size { matrices, m: rows, n: rows, k: columns, transposed: true };
    let operands = [reads("left", x), reads("right", x), writes("gram", gram)];
    let store = ("", "        gram[at] = value;\n");
    product(builder, leaf, "A = X X'", &operands, square, store, &[])?;
    precondition(builder, leaf, preconditioning, x, gram, [matrices, rows, columns])?;

    let size = Size { matrices, m: rows, n: rows, k: rows, transposed: false };
    let operands = [reads("left", gram), reads("right", gram), writes("combined", combined)];
    let inputs = ["left[at]", "value", "scalar(1u)", "scalar(2u)"];
    let store = statement(8, "combined[at] =", inputs, |[gram, square, b, c]| polynomial(gram, square, b, c));
    product(builder, leaf, "b A + c A A", &operands, size, ("", &store), &[])?;

    let size = Size { matrices, m: rows, n: columns, k: rows, transposed: false };
    let operands = [reads("left", combined), reads("right", x), writes("u", leaf.u)];
    let start = format!("u[place(at, {}u)] =", matmul::WORDS);
    let store =
        statement(8, &start, ["right[at]", "value", "scalar(0u)"], |[x, product, a]| next(x, product, a));
    product(builder, leaf, "a X + polynomial X", &operands, size, (PLACE, &store), &place)
}

/// Adds dispatches that rescale rows, or whole matrices, so that the singular values of `X` are at most 1.
fn precondition(
    builder: &mut Builder<'_>,
    leaf: &Leaf,
    preconditioning: Preconditioning,
    x: Range,
    gram: Range,
    [matrices, rows, columns]: [u64; 3],
) -> Result<(), Error> {
    // Each workgroup computes one factor, of a row or of a matrix.
    let (label, term, of_factor) = match preconditioning {
        Preconditioning::None => return Ok(()),
        Preconditioning::Aol => ("factors of rows", "abs(entry)", 1),
        Preconditioning::Schatten => ("factors of matrices", "entry * entry", rows),
    };
    let norm = if of_factor == 1 { "total" } else { "sqrt(total)" };
    let store = statement(4, "factors[factor] =", [norm], |[norm]| factor(norm));
    let count = matrices * rows / of_factor;
    let factors = builder.scratch_range("factors", count);
    let body = format!(
        "\
\x20 let count = block[0].x;
  let factor = workgroup.y * block[0].y + workgroup.x;
  var sum = 0.0;
  if (factor < block[0].z) {{
    for (var i = lane; i < count; i = i + 256u) {{
      let entry = gram[factor * count + i];
      sum = sum + {term};
    }}
  }}
  let total = fold(lane, sum);
  if (lane == 0u && factor < block[0].z) {{
{store}  }}
"
    );
    let wide = count.min(builder.request.limits.max_compute_workgroups_per_dimension);
    let workgroups = [wide, count.div_ceil(wide), 1];
    let operands = [reads("gram", gram), writes("factors", factors)];
    let block = [(of_factor * rows) as u32, wide as u32, count as u32];
    dispatch(builder, leaf, label, &operands, (FOLD, &body), workgroups, &block)?;

    let block = [columns as u32, of_factor as u32];
    let operands = [writes("x", x), reads("factors", factors)];
    let inputs = ["x[i]", "factors[i / block[1].x / block[1].y]"];
    let scale = statement(6, "x[i] =", inputs, |[x, factor]| rescaled(x, factor));
    each(builder, leaf, "X by its factors", &operands, ("", &scale), matrices * rows * columns, &block)?;
    let block = [rows as u32, of_factor as u32];
    let operands = [writes("gram", gram), reads("factors", factors)];
    let inputs = ["gram[i]", "factors[row / block[1].y]", "factors[column / block[1].y]"];
    let store = statement(6, "gram[i] =", inputs, |[gram, row, column]| rescaled_product(gram, row, column));
    let scale = format!(
        "\
\x20     let row = i / block[1].x;
      let column = row / block[1].x * block[1].x + i % block[1].x;
{store}"
    );
    each(builder, leaf, "A by its factors", &operands, ("", &scale), matrices * rows * rows, &block)
}
