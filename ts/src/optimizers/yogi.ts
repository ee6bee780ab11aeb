import { chain } from "../combine/chain.ts";
import { define } from "../define.ts";
import { scalarOrSchedule } from "../options.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import { scaleByYogi, YOGI_OPTIONS } from "../transforms/scale-by-yogi.ts";
import type { ScalarOrSchedule } from "../types.ts";

/**
 * Yogi: Adam whose second moment moves by steps that do not depend on its own size.
 *
 * m = b1*m + (1-b1)*g; v = v - (1-b2)*sign(v-g²)*g²; u = -learningRate * (m/(1-b1^t)) / (sqrt(v/(1-b2^t)) + eps). Both moments start at
 * 1e-6.
 *
 * @param learningRate - a number, or a schedule of the step
 * @example
 * const tx = gl.yogi(0.01);
 * const params = { w: new Float32Array([1]) };
 * const [updates] = tx.update({ w: new Float32Array([5]) }, tx.init(params));
 * console.log(updates.w[0].toFixed(4)); // -0.0100
 * @see Zaheer et al. 2018, Adaptive methods for nonconvex optimization
 */
export const yogi = define(
  "yogi",
  { learningRate: scalarOrSchedule(0) },
  YOGI_OPTIONS,
  (options, learningRate: ScalarOrSchedule) => chain(scaleByYogi(options), scaleByLearningRate(learningRate)),
);
