import { type OptionsOf, oneOf, parse } from "../options.ts";
import { DRAW_OPTIONS, type Drawn, draw } from "./draw.ts";
import type { Key } from "./key.ts";

const OPTIONS = {
  shape: DRAW_OPTIONS.shape,
  /** The type of the result's elements: `float32`, `float64` or `int32`. */
  dtype: oneOf(["float32", "float64", "int32"], "float32"),
};

/**
 * Draws -1 or 1 with equal probability: `jax.random.rademacher`.
 *
 * @example
 * const { data } = gl.random.rademacher(gl.random.key(0), { shape: [4] });
 * console.log(data.every((x) => Math.abs(x) === 1)); // true
 */
export const rademacher = (key: Key, options?: OptionsOf<typeof OPTIONS>): Drawn => {
  const { shape, dtype } = parse("random.rademacher", OPTIONS, options);
  const single = { shape, dtype: dtype === "int32" ? "float32" : dtype } as const;
  const drawn = draw("random.rademacher", key, single, (unit) => (unit < 0.5 ? 1 : -1));
  return dtype === "int32" ? { ...drawn, data: Int32Array.from(drawn.data) } : drawn;
};
