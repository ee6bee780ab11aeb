import { chain } from "../combine/chain.ts";
import { define } from "../define.ts";
import { scalarOrSchedule } from "../options.ts";
import { ADAMAX_OPTIONS, scaleByAdamax } from "../transforms/scale-by-adamax.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import type { ScalarOrSchedule } from "../types.ts";

/**
 * AdaMax: Adam with a running maximum in place of the second moment.
 *
 * m = b1*m + (1-b1)*g; v = max(|g| + eps, b2*v); u = -learningRate * (m/(1-b1^t)) / v.
 *
 * @param learningRate - a number, or a schedule of the step
 * @example
 * const tx = gl.adamax(2e-3);
 * const params = { w: new Float32Array([1]) };
 * const [updates] = tx.update({ w: new Float32Array([5]) }, tx.init(params));
 * console.log(updates.w[0].toFixed(4)); // -0.0020
 * @see Kingma & Ba 2014, https://arxiv.org/abs/1412.6980
 */
export const adamax = define(
  "adamax",
  { learningRate: scalarOrSchedule(0) },
  ADAMAX_OPTIONS,
  (options, learningRate: ScalarOrSchedule) =>
    chain(scaleByAdamax(options), scaleByLearningRate(learningRate)),
);
