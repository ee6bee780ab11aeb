import { type OptionsOf, parse, real } from "../options.ts";
import type { Tensor } from "../pytree/leaf.ts";
import { DRAW_OPTIONS, draw } from "./draw.ts";
import type { Key } from "./key.ts";

const OPTIONS = {
  ...DRAW_OPTIONS,
  /** The least value. */
  minval: real(0),
  /** The upper bound, which is not reached. */
  maxval: real(1),
};

/**
 * Draws numbers uniform in [minval, maxval): `jax.random.uniform`.
 *
 * @example
 * const { data } = gl.random.uniform(gl.random.key(0), { shape: [2, 3], minval: -1 });
 * console.log(data.every((x) => x >= -1 && x < 1)); // true
 */
export const uniform = (
  key: Key,
  options?: OptionsOf<typeof OPTIONS>,
): Tensor<Float32Array | Float64Array> => {
  const parsed = parse("random.uniform", OPTIONS, options);
  const round = parsed.dtype === "float64" ? (x: number): number => x : Math.fround;
  const [least, bound] = [round(parsed.minval), round(parsed.maxval)];
  const span = round(bound - least);
  return draw("random.uniform", key, parsed, (unit) => Math.max(least, round(unit * span + least)));
};
