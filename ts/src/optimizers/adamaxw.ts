import { chain } from "../combine/chain.ts";
import { maskOption } from "../combine/mask.ts";
import { define } from "../define.ts";
import { maybe, scalarOrSchedule } from "../options.ts";
import { addDecayedWeights } from "../transforms/add-decayed-weights.ts";
import { ADAMAX_OPTIONS, scaleByAdamax } from "../transforms/scale-by-adamax.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import type { ScalarOrSchedule } from "../types.ts";

/**
 * AdaMax with decoupled weight decay.
 *
 * u = -learningRate * (adamax(g) + weightDecay * p), see `adamax`.
 *
 * @param learningRate - a number, or a schedule of the step
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.adamaxw(2e-3, { weightDecay: 0.01, mask: gl.pathMask(/kernel$/) });
 * @see Loshchilov & Hutter 2017, https://arxiv.org/abs/1711.05101
 */
export const adamaxw = define(
  "adamaxw",
  { learningRate: scalarOrSchedule(0) },
  {
    ...ADAMAX_OPTIONS,
    /** Strength of the weight decay, multiplied by the learning rate; a number, or a schedule of the step. */
    weightDecay: scalarOrSchedule(1e-4),
    /** True where weights decay; by default everywhere. */
    mask: maybe(maskOption),
  },
  ({ weightDecay, mask, ...adamax }, learningRate: ScalarOrSchedule) =>
    chain(scaleByAdamax(adamax), addDecayedWeights({ weightDecay, mask }), scaleByLearningRate(learningRate)),
);
