import { chain } from "../combine/chain.ts";
import { define } from "../define.ts";
import { decay, real } from "../options.ts";
import { scale } from "../transforms/scale.ts";
import { scaleBySm3 } from "../transforms/scale-by-sm3.ts";

/**
 * SM3: Adagrad with momentum in little memory, one number per row and column in place of one per element.
 *
 * u = -learningRate * sm3(g), see `scaleBySm3`.
 *
 * @param learningRate - a number; as in Optax, not a schedule
 * @example
 * const tx = gl.sm3(0.1, { momentum: 0.95 });
 * @see Anil et al. 2019, https://arxiv.org/abs/1901.11150
 */
export const sm3 = define(
  "sm3",
  { learningRate: real(0) },
  {
    /** Decay of the momentum, in [0, 1]. */
    momentum: decay(0.9),
  },
  ({ momentum }, learningRate: number) => chain(scaleBySm3({ b1: momentum }), scale(-learningRate)),
);
