import { chain } from "../combine/chain.ts";
import { maskOption } from "../combine/mask.ts";
import { define } from "../define.ts";
import { maybe, real, scalarOrSchedule } from "../options.ts";
import { addDecayedWeights } from "../transforms/add-decayed-weights.ts";
import { MOMENT_OPTIONS } from "../transforms/moments.ts";
import { scaleByAdam } from "../transforms/scale-by-adam.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import { scaleByTrustRatio } from "../transforms/scale-by-trust-ratio.ts";
import type { ScalarOrSchedule } from "../types.ts";

/**
 * LAMB: Adam with weight decay, each leaf's step scaled to the size of its parameters; for large batches.
 *
 * a = adam(g) + weightDecay*p; per leaf u = -learningRate * norm(p)/norm(a) * a, and -learningRate * a where a norm is 0.
 *
 * @param learningRate - a number, or a schedule of the step
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.lamb(2e-3, { weightDecay: 0.01, mask: gl.pathMask(/kernel$/) });
 * @see You et al. 2019, https://arxiv.org/abs/1904.00962
 */
export const lamb = define(
  "lamb",
  { learningRate: scalarOrSchedule(0) },
  {
    ...MOMENT_OPTIONS,
    /** Added outside the root; at least 0. */
    eps: real(1e-6, { min: 0 }),
    /** Strength of the weight decay, multiplied by the learning rate; a number, or a schedule of the step. */
    weightDecay: scalarOrSchedule(0),
    /** True where weights decay; by default everywhere. */
    mask: maybe(maskOption),
  },
  ({ weightDecay, mask, ...adam }, learningRate: ScalarOrSchedule) =>
    chain(
      scaleByAdam(adam),
      addDecayedWeights({ weightDecay, mask }),
      scaleByTrustRatio(),
      scaleByLearningRate(learningRate),
    ),
);
