import { GradloomError } from "../error.ts";
import { maybe, type OptionsOf, parse, real } from "../options.ts";
import { elementType } from "../pytree/dtype.ts";
import { dataOf, type Leaf, type Tensor } from "../pytree/leaf.ts";
import { frobenius, mapMatrix, multiply, readMatrix, transpose } from "./matrix.ts";

const OPTIONS = {
  /** An upper bound of the spectral radius of AᵀA; by default computed from norms. At least 0. */
  L: maybe(real(0, { min: 0 })),
};

const ITERATIONS = real(1, { min: 0, integer: true });

/**
 * Solves a non-negative least squares problem: finds the x >= 0 that minimises |A x - b|, by accelerated projected gradients.
 *
 * Computes in double precision. There is no `unroll` option, which is XLA's.
 *
 * @param A - of shape [m, n]
 * @param b - of shape [m], or [m, k] for k problems at once
 * @param iters - the number of iterations; at least 0
 * @example
 * const x = gl.nnls(gl.tensor(new Float32Array([1, 2, 3, 4]), [2, 2]), new Float32Array([5, 6]), 1000);
 * console.log(x.data[1].toFixed(2)); // 1.70
 * @see Polyak 2015, Projected gradient method for non-negative least square, http://www.ams.org/books/conm/636/
 */
export const nnls = (
  A: Tensor,
  b: Leaf,
  iters: number,
  options?: OptionsOf<typeof OPTIONS>,
): Tensor<Float32Array | Float64Array> => {
  const { L } = parse("nnls", OPTIONS, options);
  ITERATIONS.check(iters, "nnls.iters");
  const [a, target] = [readMatrix(A, "nnls.A"), readMatrix(b, "nnls.b", true)];
  if (target.rows !== a.rows) {
    throw new GradloomError("SHAPE_MISMATCH", `expected ${a.rows} rows, got ${target.rows}.`, {
      path: "nnls.b",
      remedy: "The right-hand side has one row for each row of the matrix.",
    });
  }
  const Q = multiply(transpose(a), a);
  const q = multiply(transpose(a), target);
  const columnSums = Array.from({ length: Q.columns }, (_, j) =>
    Q.data.reduce((sum, x, at) => (at % Q.columns === j ? sum + Math.abs(x) : sum), 0),
  );
  const bound = (L ?? Math.min(frobenius(Q), Math.max(0, ...columnSums))) || 1;

  let x = mapMatrix(q, () => 0);
  let ahead = x;
  let c = 0;
  for (let i = 0; i < iters; i++) {
    const next = (1 + Math.sqrt(1 + 4 * c * c)) / 2;
    const momentum = (c - 1) / next;
    const gradient = multiply(Q, ahead).data;
    const before = x.data;
    const current = ahead.data.map((p, at) =>
      Math.max(0, p - ((gradient[at] as number) - (q.data[at] as number)) / bound),
    );
    x = { ...x, data: current };
    ahead = { ...x, data: current.map((value, at) => value + momentum * (value - (before[at] as number))) };
    c = next;
  }
  const double = elementType(dataOf(A)) === "float64" || elementType(dataOf(b)) === "float64";
  const shape = "shape" in b && b.shape.length === 2 ? [x.rows, x.columns] : [x.rows];
  return { data: double ? x.data : Float32Array.from(x.data), shape };
};
