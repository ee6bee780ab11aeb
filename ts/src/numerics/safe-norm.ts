import { GradloomError } from "../error.ts";
import { flag, type OptionsOf, parse, real, required, unchecked } from "../options.ts";
import { elementType } from "../pytree/dtype.ts";
import { type Leaf, type Tensor, tensor } from "../pytree/leaf.ts";
import { operand } from "../pytree/operand.ts";
import { sizeOf } from "../pytree/shape.ts";
import { matrixNorm, type NormOrd, vectorNorm } from "./norms.ts";

const OPTIONS = {
  /**
   * The order of the norm. For vectors p is the p-norm, ±Infinity the greatest or least magnitude, 0 the number of elements other than 0.
   * For matrices ±1 and ±Infinity are the greatest or least sum of magnitudes in a column or a row, ±2 the greatest or least singular
   * value, "nuc" the sum of the singular values, and "fro" is the Euclidean norm.
   * Null, the default, is the Euclidean norm of all elements.
   */
  ord: unchecked<NormOrd>(null),
  /** The axis of the vectors or the two axes of the matrices that are normed; by default all axes. */
  axis: unchecked<number | readonly number[] | null>(null),
  /** Keep the normed axes, each of size 1. */
  keepdims: flag(false),
};

const refuseAxis = (message: string): never => {
  throw new GradloomError("INVALID_HYPERPARAMETER", message, {
    path: "safeNorm.axis",
    remedy: "Pass one or two different axes of the array, or null for all of it.",
  });
};

/** Returns the axes of the norm, counted from the front. */
const normedAxes = (axis: number | readonly number[] | null, rank: number, ord: NormOrd): number[] => {
  if (axis === null) {
    if (ord !== null && rank > 2) refuseAxis(`needed for this ord: there are ${rank} axes.`);
    return Array.from({ length: rank }, (_, i) => i);
  }
  const axes = (typeof axis === "number" ? [axis] : [...axis]).map((a) => (a < 0 ? a + rank : a));
  if (axes.length < 1 || axes.length > 2 || new Set(axes).size < axes.length)
    refuseAxis("expected one axis or two.");
  if (!axes.every((a) => Number.isInteger(a) && a >= 0 && a < rank)) refuseAxis(`there are ${rank} axes.`);
  return axes;
};

/** Returns the offsets of all positions along some axes. */
const offsets = (axes: readonly number[], shape: readonly number[]): number[] => {
  const stride = (axis: number) => sizeOf(shape.slice(axis + 1));
  return axes.reduce(
    (found, axis) =>
      found.flatMap((offset) =>
        Array.from({ length: shape[axis] as number }, (_, i) => offset + i * stride(axis)),
      ),
    [0],
  );
};

/**
 * Returns the norm of an array, but at least `minNorm`: max(norm(x), minNorm).
 *
 * @param x - an array
 * @param minNorm - the least result
 * @returns a number, or an array where only some axes are normed or `keepdims` is set
 * @throws GradloomError `INVALID_HYPERPARAMETER` for a norm or an axis that the array does not have
 * @example
 * console.log(gl.safeNorm(new Float32Array([3, 4]), 1), gl.safeNorm(new Float32Array([0, 0]), 1)); // 5 1
 */
export const safeNorm = (
  x: Leaf,
  minNorm: number,
  options?: OptionsOf<typeof OPTIONS>,
): number | Tensor<Float32Array | Float64Array> => {
  const least = required("safeNorm", "minNorm", real(0), minNorm);
  const { ord, axis, keepdims } = parse("safeNorm", OPTIONS, options);
  const { numbers, shape } = operand(x, "x");
  const axes = normedAxes(axis, shape.length, ord);
  const outer = shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const isMatrix = axes.length === 2 && (axis !== null || ord !== null);
  const rows = isMatrix ? offsets(axes.slice(0, 1), shape) : [0];
  const columns = offsets(isMatrix ? axes.slice(1) : axes, shape);
  const results = offsets(outer, shape).map((at) => {
    const elements = rows.map((row) => columns.map((column) => numbers[at + row + column] as number));
    const norm = isMatrix ? matrixNorm(elements, ord) : vectorNorm(elements[0] as number[], ord);
    return Math.max(norm, least);
  });
  if (outer.length === 0 && !keepdims) return results[0] as number;
  const sizes = shape.map((size, i) => (axes.includes(i) ? 1 : size));
  const data = elementType(numbers) === "float64" ? Float64Array.from(results) : Float32Array.from(results);
  return tensor(data, keepdims ? sizes : outer.map((i) => shape[i] as number));
};
