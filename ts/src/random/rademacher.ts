import { type OptionsOf, parse } from "../options.ts";
import type { Tensor } from "../pytree/leaf.ts";
import { DRAW_OPTIONS, draw } from "./draw.ts";
import type { Key } from "./key.ts";

/**
 * Draws -1 or 1 with equal probability: `jax.random.rademacher`, as floating-point numbers.
 *
 * @example
 * const { data } = gl.random.rademacher(gl.random.key(0), { shape: [4] });
 * console.log(data.every((x) => Math.abs(x) === 1)); // true
 */
export const rademacher = (
  key: Key,
  options?: OptionsOf<typeof DRAW_OPTIONS>,
): Tensor<Float32Array | Float64Array> => {
  const parsed = parse("random.rademacher", DRAW_OPTIONS, options);
  return draw("random.rademacher", key, parsed, (unit) => (unit < 0.5 ? 1 : -1));
};
