import { chain } from "../combine/chain.ts";
import { define } from "../define.ts";
import { scalarOrSchedule } from "../options.ts";
import { ADAM_OPTIONS, scaleByAdam } from "../transforms/scale-by-adam.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import type { ScalarOrSchedule } from "../types.ts";

/**
 * Adam: steps scaled by running moments of the gradient.
 *
 * m = b1*m + (1-b1)*g; v = b2*v + (1-b2)*g²; u = -learningRate * (m/(1-b1^t)) / (sqrt(v/(1-b2^t) + epsRoot) + eps).
 *
 * @param learningRate - a number, or a schedule of the step
 * @example
 * const tx = gl.adam(1e-3);
 * const params = { w: new Float32Array([1]) };
 * const [updates] = tx.update({ w: new Float32Array([5]) }, tx.init(params));
 * console.log(updates.w[0].toFixed(4)); // -0.0010
 * @see Kingma & Ba 2014, https://arxiv.org/abs/1412.6980
 */
export const adam = define(
  "adam",
  { learningRate: scalarOrSchedule(0) },
  ADAM_OPTIONS,
  (options, learningRate: ScalarOrSchedule) => chain(scaleByAdam(options), scaleByLearningRate(learningRate)),
);
