import { type OptionsOf, parse } from "../options.ts";
import type { Tensor } from "../pytree/leaf.ts";
import { DRAW_OPTIONS, draw } from "./draw.ts";
import type { Key } from "./key.ts";

/** The least normal number of each type, in place of a uniform 0. */
const TINY = { float32: 2 ** -126, float64: 2 ** -1022 };

/**
 * Draws numbers from the standard Gumbel distribution: `jax.random.gumbel`, -log(-log(u)) for u uniform in (0, 1).
 *
 * @example
 * const { data } = gl.random.gumbel(gl.random.key(0), { shape: [2] });
 * console.log(data.length); // 2
 */
export const gumbel = (
  key: Key,
  options?: OptionsOf<typeof DRAW_OPTIONS>,
): Tensor<Float32Array | Float64Array> => {
  const parsed = parse("random.gumbel", DRAW_OPTIONS, options);
  const { dtype } = parsed;
  const round = dtype === "float64" ? (x: number): number => x : Math.fround;
  return draw("random.gumbel", key, parsed, (unit) => {
    const w = -round(Math.log(Math.max(TINY[dtype], unit)));
    return -round(Math.log(w));
  });
};
