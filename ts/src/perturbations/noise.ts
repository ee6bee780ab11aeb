import { type Made, needsNew } from "../define.ts";
import type { Tensor } from "../pytree/leaf.ts";
import type { DrawOptions, Sampler } from "../random/draw.ts";
import { gumbel } from "../random/gumbel.ts";
import type { Key } from "../random/key.ts";
import { normal } from "../random/normal.ts";
import { elementwise } from "../tree/elementwise.ts";

const INPUTS = { names: ["inputs"] };

/** A distribution of perturbations. */
export interface Noise {
  /** Draws numbers from the distribution. */
  readonly sample: Sampler;
  /** Returns the logarithm of the density at each element, up to a constant. */
  logProb<T>(inputs: T): T;
  /** Returns the derivative of `logProb` at each element. */
  score<T>(inputs: T): T;
}

/** The class behind `Normal`. */
class NormalClass implements Noise {
  sample(key: Key, options: DrawOptions): Tensor<Float32Array | Float64Array> {
    return normal(key, options);
  }

  logProb<T>(inputs: T): T {
    return elementwise([inputs], (round) => (x) => round(-0.5 * round(x * x)), INPUTS);
  }

  score<T>(inputs: T): T {
    return elementwise([inputs], () => (x) => -x, INPUTS);
  }
}

/**
 * The standard normal distribution: logProb(x) = -x²/2.
 *
 * @example
 * const noise = new gl.perturbations.Normal();
 * console.log(noise.logProb(new Float32Array([2]))[0]); // -2
 */
export const Normal: Made<typeof NormalClass, Normal> = needsNew("Normal", NormalClass);

export interface Normal extends NormalClass {}

/** The class behind `Gumbel`. */
class GumbelClass implements Noise {
  sample(key: Key, options: DrawOptions): Tensor<Float32Array | Float64Array> {
    return gumbel(key, options);
  }

  logProb<T>(inputs: T): T {
    return elementwise([inputs], (round) => (x) => round(-x - round(Math.exp(-x))), INPUTS);
  }

  score<T>(inputs: T): T {
    return elementwise([inputs], (round) => (x) => round(round(Math.exp(-x)) - 1), INPUTS);
  }
}

/**
 * The standard Gumbel distribution: logProb(x) = -x - exp(-x).
 *
 * @example
 * const noise = new gl.perturbations.Gumbel();
 * console.log(noise.logProb(new Float32Array([0]))[0]); // -1
 */
export const Gumbel: Made<typeof GumbelClass, Gumbel> = needsNew("Gumbel", GumbelClass);

export interface Gumbel extends GumbelClass {}

export type { GumbelClass, NormalClass };
