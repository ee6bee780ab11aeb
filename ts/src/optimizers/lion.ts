import { chain } from "../combine/chain.ts";
import { maskOption } from "../combine/mask.ts";
import { define } from "../define.ts";
import { maybe, scalarOrSchedule } from "../options.ts";
import { addDecayedWeights } from "../transforms/add-decayed-weights.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import { LION_OPTIONS, scaleByLion } from "../transforms/scale-by-lion.ts";
import type { ScalarOrSchedule } from "../types.ts";

/**
 * Lion: the sign of a mixture of gradient and momentum, with decoupled weight decay.
 *
 * u = -learningRate * (sign(b1*m + (1-b1)*g) + weightDecay*p); m = b2*m + (1-b2)*g. The learning rate should be three to ten
 * times smaller than Adam's, and the weight decay as much larger.
 *
 * @param learningRate - a number, or a schedule of the step
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.lion(1e-4, { weightDecay: 0 });
 * const params = { w: new Float32Array([1]) };
 * const [updates] = tx.update({ w: new Float32Array([5]) }, tx.init(params), params);
 * console.log(updates.w[0].toFixed(4)); // -0.0001
 * @see Chen et al. 2023, https://arxiv.org/abs/2302.06675
 */
export const lion = define(
  "lion",
  { learningRate: scalarOrSchedule(0) },
  {
    ...LION_OPTIONS,
    /** Strength of the weight decay, multiplied by the learning rate; a number, or a schedule of the step. */
    weightDecay: scalarOrSchedule(1e-3),
    /** True where weights decay; by default everywhere. */
    mask: maybe(maskOption),
  },
  ({ weightDecay, mask, ...lion }, learningRate: ScalarOrSchedule) =>
    chain(scaleByLion(lion), addDecayedWeights({ weightDecay, mask }), scaleByLearningRate(learningRate)),
);
