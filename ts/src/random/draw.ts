import { oneOf, type Parsed, sizes } from "../options.ts";
import type { Tensor } from "../pytree/leaf.ts";
import { sizeOf } from "../pytree/shape.ts";
import { type Key, rngKey } from "./key.ts";
import { hashIndices } from "./threefry.ts";

/** The options of every sampler. */
export const DRAW_OPTIONS = {
  /** The sizes of the axes; `[]` draws one number. */
  shape: sizes,
  /** The type of the numbers: float32, or float64, which draws 64 bits per number as JAX does with 64-bit numbers on. */
  dtype: oneOf(["float32", "float64"], "float32"),
};

/** The options of a sampler. */
export type DrawOptions = { readonly [K in keyof typeof DRAW_OPTIONS]?: (typeof DRAW_OPTIONS)[K]["default"] };

/** Numbers drawn at random, with their shape; integers are no leaves to optimise. */
export interface Drawn {
  readonly data: Float32Array | Float64Array | Int32Array | Uint32Array;
  readonly shape: readonly number[];
}

/** The options with which a sampler is called; samplers differ in the types that they can draw. */
export interface SamplerOptions {
  readonly shape: readonly number[];
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly dtype: any;
}

/** A function that draws numbers of a shape, and of a type by its name, from a key. */
export type Sampler = (key: Key, options: SamplerOptions) => Drawn;

/** Makes an array with `of(unit)` as each element, where `unit` is uniform in [0, 1) with all bits of the mantissa random. */
export const draw = (
  owner: string,
  key: Key,
  { shape, dtype }: Pick<Parsed<typeof DRAW_OPTIONS>, "shape" | "dtype">,
  of: (unit: number) => number,
): Tensor<Float32Array | Float64Array> => {
  rngKey.check(key, `${owner}.key`);
  const n = sizeOf(shape);
  const data = dtype === "float64" ? new Float64Array(n) : new Float32Array(n);
  hashIndices(key, n, (i, high, low) => {
    const unit =
      dtype === "float64" ? (high * 2 ** 20 + (low >>> 12)) * 2 ** -52 : ((high ^ low) >>> 9) * 2 ** -23;
    data[i] = of(unit);
  });
  return { data, shape: [...shape] };
};
