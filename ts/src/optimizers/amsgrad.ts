import { chain } from "../combine/chain.ts";
import { define } from "../define.ts";
import { scalarOrSchedule } from "../options.ts";
import { AMSGRAD_OPTIONS, scaleByAmsgrad } from "../transforms/scale-by-amsgrad.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import type { ScalarOrSchedule } from "../types.ts";

/**
 * AMSGrad: Adam whose second moment never falls.
 *
 * m = b1*m + (1-b1)*g; v = b2*v + (1-b2)*g²; w = max(w, v/(1-b2^t));
 * u = -learningRate * (m/(1-b1^t)) / (sqrt(w + epsRoot) + eps).
 *
 * @param learningRate - a number, or a schedule of the step
 * @example
 * const tx = gl.amsgrad(1e-3);
 * const params = { w: new Float32Array([1]) };
 * const [updates] = tx.update({ w: new Float32Array([5]) }, tx.init(params));
 * console.log(updates.w[0].toFixed(4)); // -0.0010
 * @see Reddi et al. 2018, https://openreview.net/forum?id=ryQu7f-RZ
 */
export const amsgrad = define(
  "amsgrad",
  { learningRate: scalarOrSchedule(0) },
  AMSGRAD_OPTIONS,
  (options, learningRate: ScalarOrSchedule) =>
    chain(scaleByAmsgrad(options), scaleByLearningRate(learningRate)),
);
