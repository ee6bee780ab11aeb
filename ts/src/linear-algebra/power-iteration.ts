import { GradloomError } from "../error.ts";
import { maybe, type OptionsOf, parse, real, unchecked } from "../options.ts";
import { dtypeOf, isTensor, type Leaf, type Tensor } from "../pytree/leaf.ts";
import { key as fromSeed, rngKey } from "../random/key.ts";
import { uniform } from "../random/uniform.ts";
import { requireAlike } from "../tree/alike.ts";
import { addScale, scale } from "../tree/arithmetic.ts";
import { cast, castLike } from "../tree/casting.ts";
import { vdot } from "../tree/reductions.ts";
import { multiply, readMatrix, readSquare } from "./matrix.ts";

const OPTIONS = {
  /** The first vector: an array, or a tree where `matrix` is a function. By default uniform in [-1, 1). */
  v0: unchecked<unknown>(null),
  /** The most iterations; at least 0. */
  numIters: real(100, { min: 0, integer: true }),
  /** The relative error of the eigenvalue below which the iteration stops; at least 0. */
  errorTolerance: real(1e-6, { min: 0 }),
  /** The key that `v0` is drawn from, by default `gl.random.key(0)`. */
  key: maybe(rngKey),
};

const normalize = (tree: unknown): unknown => scale(1 / Math.sqrt(vdot(tree, tree)), tree);

/**
 * Finds the eigenvalue of greatest magnitude of a diagonalisable matrix, and its eigenvector of length 1, by power iteration.
 *
 * Computes in double precision; the eigenvector has the type of the matrix. There is no `precision` option, which is XLA's.
 *
 * @param matrix - a square matrix, or a function from a tree to the matrix's product with it
 * @throws GradloomError `INVALID_HYPERPARAMETER` where `matrix` is a function and there is no `v0`
 * @example
 * const [value] = gl.powerIteration(gl.tensor(new Float32Array([2, 0, 0, 1]), [2, 2]));
 * console.log(value.toFixed(4)); // 2.0000
 * @see https://en.wikipedia.org/wiki/Power_iteration
 */
export const powerIteration = <T = Float32Array>(
  matrix: Tensor | ((vector: T) => T),
  options?: OptionsOf<typeof OPTIONS>,
): [eigenvalue: number, eigenvector: T] => {
  const parsed = parse("powerIteration", OPTIONS, options);
  if (typeof matrix === "function") {
    if (parsed.v0 === null) {
      throw new GradloomError(
        "INVALID_HYPERPARAMETER",
        "a matrix that is a function needs a vector to begin with.",
        {
          path: "powerIteration.v0",
          remedy: "Pass { v0 }, a tree like the function's argument.",
        },
      );
    }
    requireAlike({ "powerIteration.v0": parsed.v0 });
    const product = (vector: unknown): unknown => {
      const image = matrix(vector as T);
      requireAlike({ "powerIteration.v0": vector, "powerIteration.matrix(v0)": image });
      return image;
    };
    return iterate(product, parsed.v0, parsed) as [number, T];
  }
  const read = readSquare(matrix, "powerIteration.matrix");
  const like = isTensor(matrix) ? matrix.data : matrix;
  const drawn = parsed.v0 ?? uniform(parsed.key ?? fromSeed(0), { shape: [read.rows], minval: -1 }).data;
  const v0 = readMatrix(drawn, "powerIteration.v0", true).data;
  if (v0.length !== read.rows) {
    throw new GradloomError("SHAPE_MISMATCH", `expected ${read.rows} elements, got ${v0.length}.`, {
      path: "powerIteration.v0",
      remedy: "The start vector has one element for each row of the matrix.",
    });
  }
  const product = (v: unknown): unknown =>
    multiply(read, { data: v as Float64Array, rows: read.rows, columns: 1 }).data;
  const [value, vector] = iterate(product, v0, parsed);
  return [value, (dtypeOf(like as Leaf) === "float64" ? vector : cast(vector, "float32")) as T];
};

const iterate = (
  product: (vector: unknown) => unknown,
  v0: unknown,
  { numIters, errorTolerance }: { readonly numIters: number; readonly errorTolerance: number },
): [number, unknown] => {
  let vector = normalize(v0);
  let image = product(vector);
  let value = 0;
  for (let i = 0; i < numIters; i++) {
    const residual = addScale(image, -value, vector);
    if (Math.abs(Math.sqrt(vdot(residual, residual)) / value) < errorTolerance) break;
    vector = normalize(image);
    image = product(vector);
    value = vdot(vector, image);
  }
  return [value, castLike(normalize(image), v0)];
};
