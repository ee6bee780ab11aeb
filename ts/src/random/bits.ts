import { type OptionsOf, parse } from "../options.ts";
import { sizeOf } from "../pytree/shape.ts";
import { DRAW_OPTIONS } from "./draw.ts";
import { type Key, rngKey } from "./key.ts";
import { hashIndices } from "./threefry.ts";

const OPTIONS = { shape: DRAW_OPTIONS.shape };

/**
 * Draws 32 random bits per element: `jax.random.bits`.
 *
 * @example
 * console.log(gl.random.bits(gl.random.key(0), { shape: [3] }).data.length); // 3
 */
export const bits = (
  key: Key,
  options?: OptionsOf<typeof OPTIONS>,
): { data: Uint32Array; shape: readonly number[] } => {
  rngKey.check(key, "random.bits.key");
  const { shape } = parse("random.bits", OPTIONS, options);
  const data = new Uint32Array(sizeOf(shape));
  hashIndices(key, data.length, (i, high, low) => {
    data[i] = high ^ low;
  });
  return { data, shape: [...shape] };
};
