import { real, required } from "../options.ts";
import type { Leaf } from "../pytree/leaf.ts";
import { operand } from "../pytree/operand.ts";

/**
 * Returns the root of the mean square of an array, but at least `minRms`: max(sqrt(mean of x²), minRms).
 *
 * @param x - an array
 * @param minRms - at least 0
 * @example
 * console.log(gl.safeRootMeanSquares(new Float32Array([3, 3]), 1)); // 3
 */
export const safeRootMeanSquares = (x: Leaf, minRms: number): number => {
  const least = required("safeRootMeanSquares", "minRms", real(0, { min: 0 }), minRms);
  const { numbers } = operand(x, "x");
  let sum = 0;
  for (const value of numbers) sum += value * value;
  const rms = Math.sqrt(sum / numbers.length);
  return Math.max(rms, least);
};
