import { chain } from "../combine/chain.ts";
import { maskOption } from "../combine/mask.ts";
import { define } from "../define.ts";
import { maybe, real, scalarOrSchedule } from "../options.ts";
import { addDecayedWeights } from "../transforms/add-decayed-weights.ts";
import { ADAN_OPTIONS, scaleByAdan } from "../transforms/scale-by-adan.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import type { ScalarOrSchedule } from "../types.ts";

/**
 * Adan: Adam that also averages how gradients change, with decoupled weight decay.
 *
 * u = -learningRate * (adan(g) + weightDecay * p), with adan as in `scaleByAdan`.
 *
 * @param learningRate - a number, or a schedule of the step
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.adan(1e-3, { weightDecay: 0.02 });
 * @see Xie et al. 2022, https://arxiv.org/abs/2208.06677
 */
export const adan = define(
  "adan",
  { learningRate: scalarOrSchedule(0) },
  {
    ...ADAN_OPTIONS,
    /** Added inside the root; at least 0. */
    epsRoot: real(1e-8, { min: 0 }),
    /** Strength of the weight decay, multiplied by the learning rate; a number, or a schedule of the step. */
    weightDecay: scalarOrSchedule(0),
    /** True where weights decay; by default everywhere. */
    mask: maybe(maskOption),
  },
  ({ weightDecay, mask, ...adan }, learningRate: ScalarOrSchedule) =>
    chain(scaleByAdan(adan), addDecayedWeights({ weightDecay, mask }), scaleByLearningRate(learningRate)),
);
