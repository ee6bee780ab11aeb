import { type OptionsOf, parse, real } from "../options.ts";
import { elementType } from "../pytree/dtype.ts";
import { dataOf, type Tensor, tensor } from "../pytree/leaf.ts";
import { frobenius, type Matrix, mapMatrix, multiply, power, readSquare } from "./matrix.ts";
import { powerIteration } from "./power-iteration.ts";

const OPTIONS = {
  /** The most iterations; at least 0. */
  numIters: real(100, { min: 0, integer: true }),
  /** The share of the greatest eigenvalue that is added to the diagonal; at least 0. */
  ridgeEpsilon: real(1e-6, { min: 0 }),
  /** The greatest element of the residual at which the iteration stops; at least 0. */
  errorTolerance: real(1e-6, { min: 0 }),
};

const EXPONENT = real(1, { min: 1, max: 2 ** 16, integer: true });

/** Returns the greatest difference of an element from that of the identity. */
const distance = (m: Matrix): number =>
  mapMatrix(m, (x, i, j) => Math.abs(x - (i === j ? 1 : 0))).data.reduce((a, b) => Math.max(a, b), 0);

/**
 * Computes the inverse p-th root of a symmetric positive semi-definite matrix, A^(-1/p), by coupled Newton iterations.
 *
 * Returns `[root, error]`; the error is the greatest magnitude of an element of root^p A - I. Computes in double precision. Any p works;
 * Optax's result is right for 1, 2, 4 and 8 only. There is no `precision` option, which is XLA's.
 *
 * @param p - an integer of at least 1
 * @example
 * const [root] = gl.matrixInversePthRoot(gl.tensor(new Float32Array([4, 0, 0, 16]), [2, 2]), 2);
 * console.log(root.data[0].toFixed(4)); // 0.5000
 * @see Higham 2008, Functions of Matrices, equation 7.18
 */
export const matrixInversePthRoot = (
  matrix: Tensor,
  p: number,
  options?: OptionsOf<typeof OPTIONS>,
): [root: Tensor<Float32Array | Float64Array>, error: number] => {
  const { numIters, ridgeEpsilon, errorTolerance } = parse("matrixInversePthRoot", OPTIONS, options);
  EXPONENT.check(p, "matrixInversePthRoot.p");
  const given = readSquare(matrix, "matrixInversePthRoot.matrix");
  const result = ({ data }: Matrix): Tensor<Float32Array | Float64Array> =>
    tensor(elementType(dataOf(matrix)) === "float64" ? data : Float32Array.from(data), matrix.shape);
  if (given.rows === 0) return [result(given), 0];

  const [greatest] = powerIteration(matrix);
  const ridge = ridgeEpsilon * Math.max(greatest, 1e-16);
  if (given.rows === 1) return [result(mapMatrix(given, (x) => (x + ridge) ** (-1 / p))), 0];
  const damped = mapMatrix(given, (x, i, j) => x + (i === j ? ridge : 0));
  const z = (1 + p) / (2 * frobenius(damped));
  let residual = mapMatrix(damped, (x) => x * z);
  let root = mapMatrix(damped, (_, i, j) => (i === j ? z ** (1 / p) : 0));
  let previous = root;
  let error = distance(residual);
  let improves = true;
  for (let i = 0; i < numIters && error > errorTolerance && improves; i++) {
    const step = mapMatrix(residual, (x, row, column) => (row === column ? 1 + 1 / p : 0) - x / p);
    residual = multiply(power(step, p), residual);
    previous = root;
    root = multiply(root, step);
    const next = distance(residual);
    improves = next < error * 1.2;
    error = next;
  }
  return [result(improves ? root : previous), error];
};
