import { chain } from "../combine/chain.ts";
import { define } from "../define.ts";
import { scalarOrSchedule } from "../options.ts";
import { BELIEF_OPTIONS, scaleByBelief } from "../transforms/scale-by-belief.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import type { ScalarOrSchedule } from "../types.ts";

/**
 * AdaBelief: steps divided by how far gradients are from their moving average.
 *
 * m = b1*m + (1-b1)*g; v = b2*v + (1-b2)*(g-m)² + epsRoot; u = -learningRate * (m/(1-b1^t)) / (sqrt(v/(1-b2^t)) + eps).
 *
 * @param learningRate - a number, or a schedule of the step
 * @example
 * const tx = gl.adabelief(1e-3);
 * const params = { w: new Float32Array([1]) };
 * const [updates] = tx.update({ w: new Float32Array([5]) }, tx.init(params));
 * console.log(updates.w[0].toFixed(4)); // -0.0011
 * @see Zhuang et al. 2020, https://arxiv.org/abs/2010.07468
 */
export const adabelief = define(
  "adabelief",
  { learningRate: scalarOrSchedule(0) },
  BELIEF_OPTIONS,
  (options, learningRate: ScalarOrSchedule) =>
    chain(scaleByBelief(options), scaleByLearningRate(learningRate)),
);
