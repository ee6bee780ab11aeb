import { chain } from "../combine/chain.ts";
import { define } from "../define.ts";
import { scalarOrSchedule } from "../options.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import { RSS_OPTIONS, scaleByRss } from "../transforms/scale-by-rss.ts";
import type { ScalarOrSchedule } from "../types.ts";

/**
 * Adagrad: steps divided by the root of the sum of all squared gradients.
 *
 * s = s + g²; u = -learningRate * g / sqrt(s + eps), and 0 where s is 0.
 *
 * @param learningRate - a number, or a schedule of the step
 * @example
 * const tx = gl.adagrad(0.5, { initialAccumulatorValue: 0, eps: 0 });
 * const params = { w: new Float32Array([1]) };
 * console.log(tx.update({ w: new Float32Array([5]) }, tx.init(params))[0].w[0]); // -0.5
 * @see Duchi et al. 2011, https://jmlr.org/papers/v12/duchi11a.html
 */
export const adagrad = define(
  "adagrad",
  { learningRate: scalarOrSchedule(0) },
  RSS_OPTIONS,
  (options, learningRate: ScalarOrSchedule) => chain(scaleByRss(options), scaleByLearningRate(learningRate)),
);
