import { chain } from "../combine/chain.ts";
import { maskOption } from "../combine/mask.ts";
import { define } from "../define.ts";
import { maybe, scalarOrSchedule } from "../options.ts";
import { addDecayedWeights } from "../transforms/add-decayed-weights.ts";
import { ADAM_OPTIONS, scaleByAdam } from "../transforms/scale-by-adam.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import type { ScalarOrSchedule } from "../types.ts";

/** The options of `adamw` and `nadamw`. */
export const ADAMW_OPTIONS = {
  ...ADAM_OPTIONS,
  /** Strength of the weight decay, multiplied by the learning rate; a number, or a schedule of the step. */
  weightDecay: scalarOrSchedule(1e-4),
  /** True where weights decay; by default everywhere. */
  mask: maybe(maskOption),
};

/**
 * Adam with decoupled weight decay.
 *
 * u = -learningRate * (adam(g) + weightDecay * p), see `adam`.
 *
 * @param learningRate - a number, or a schedule of the step
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.adamw(gl.warmupCosineDecaySchedule(0, 1e-3, 100, 10_000), {
 *   weightDecay: 1e-4,
 *   mask: gl.pathMask(/kernel$/),
 * });
 * @see Loshchilov & Hutter 2017, https://arxiv.org/abs/1711.05101
 */
export const adamw = define(
  "adamw",
  { learningRate: scalarOrSchedule(0) },
  ADAMW_OPTIONS,
  ({ weightDecay, mask, ...adam }, learningRate: ScalarOrSchedule) =>
    chain(scaleByAdam(adam), addDecayedWeights({ weightDecay, mask }), scaleByLearningRate(learningRate)),
);
