import { chain } from "../combine/chain.ts";
import { define } from "../define.ts";
import { scalarOrSchedule } from "../options.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import { scaleBySign } from "../transforms/scale-by-sign.ts";
import type { ScalarOrSchedule } from "../types.ts";

/**
 * Gradient descent by signs: u = -learningRate * sign(g).
 *
 * @param learningRate - a number, or a schedule of the step
 * @example
 * const tx = gl.signSgd(0.5);
 * const params = { w: new Float32Array([1, 1]) };
 * console.log(tx.update({ w: new Float32Array([5, -0.1]) }, tx.init(params))[0].w); // Float32Array(2) [ -0.5, 0.5 ]
 * @see Bernstein et al. 2018, https://arxiv.org/abs/1802.04434
 */
export const signSgd = define(
  "signSgd",
  { learningRate: scalarOrSchedule(0) },
  {},
  (_, learningRate: ScalarOrSchedule) => chain(scaleBySign(), scaleByLearningRate(learningRate)),
);
