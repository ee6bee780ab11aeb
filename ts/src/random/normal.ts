import { type OptionsOf, parse } from "../options.ts";
import type { Tensor } from "../pytree/leaf.ts";
import { DRAW_OPTIONS, draw } from "./draw.ts";
import { erfInvDouble, erfInvSingle } from "./erf-inv.ts";
import type { Key } from "./key.ts";

const ROOT_OF_TWO = Math.fround(Math.SQRT2);

/** The least number above -1 that a uniform draw may give. */
const LEAST = { float32: -1 + 2 ** -24, float64: -1 + 2 ** -53 };

/** Turns a uniform number in [0, 1) into a standard normal one. */
export const normalFrom = {
  float32: (unit: number): number =>
    Math.fround(ROOT_OF_TWO * erfInvSingle(Math.max(LEAST.float32, Math.fround(2 * unit + LEAST.float32)))),
  float64: (unit: number): number =>
    Math.SQRT2 * erfInvDouble(Math.max(LEAST.float64, 2 * unit + LEAST.float64)),
};

/**
 * Draws standard normal numbers: `jax.random.normal`, sqrt(2) * erfInv(u) for u uniform in (-1, 1).
 *
 * The random bits are JAX's; the result differs from JAX on a CPU by at most a few units in the last place.
 *
 * @example
 * const { data } = gl.random.normal(gl.random.key(0), { shape: [3] });
 * console.log(data[0].toFixed(4)); // 1.6226
 */
export const normal = (
  key: Key,
  options?: OptionsOf<typeof DRAW_OPTIONS>,
): Tensor<Float32Array | Float64Array> => {
  const parsed = parse("random.normal", DRAW_OPTIONS, options);
  return draw("random.normal", key, parsed, normalFrom[parsed.dtype]);
};
