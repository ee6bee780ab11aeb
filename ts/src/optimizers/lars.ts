import { chain } from "../combine/chain.ts";
import { maskOption } from "../combine/mask.ts";
import { masked } from "../combine/masked.ts";
import { define } from "../define.ts";
import { flag, real, scalarOrSchedule } from "../options.ts";
import { addDecayedWeights } from "../transforms/add-decayed-weights.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import { scaleByTrustRatio, TRUST_OPTIONS } from "../transforms/scale-by-trust-ratio.ts";
import { trace } from "../transforms/trace.ts";
import type { ScalarOrSchedule } from "../types.ts";

/**
 * LARS: momentum over gradients that are scaled, leaf by leaf, to the size of the parameters; for large batches.
 *
 * a = g + weightDecay*p; per leaf r = trustCoefficient * norm(p) / (norm(a) + eps), and 1 where a norm is 0;
 * u = momentum*u - learningRate * r * a.
 *
 * @param learningRate - a number, or a schedule of the step
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.lars(0.1, { weightDecay: 1e-4, trustRatioMask: gl.pathMask(/kernel$/) });
 * @see You et al. 2017, https://arxiv.org/abs/1708.03888
 */
export const lars = define(
  "lars",
  { learningRate: scalarOrSchedule(0) },
  {
    /** Strength of the weight decay, which is added to the gradient; a number, or a schedule of the step. */
    weightDecay: scalarOrSchedule(0),
    /** True where weights decay. */
    weightDecayMask: { default: true, ...maskOption },
    ...TRUST_OPTIONS,
    /** Multiplies the ratio; greater than 0. */
    trustCoefficient: real(1e-3, { above: 0 }),
    /** True where gradients are scaled. */
    trustRatioMask: { default: true, ...maskOption },
    /** Decay of the momentum, in [0, 1]. */
    momentum: real(0.9, { min: 0, max: 1 }),
    /** Nesterov's look-ahead. */
    nesterov: flag(false),
  },
  (
    { weightDecay, weightDecayMask, trustRatioMask, momentum, nesterov, ...trust },
    learningRate: ScalarOrSchedule,
  ) =>
    chain(
      addDecayedWeights({ weightDecay, mask: weightDecayMask }),
      masked(scaleByTrustRatio(trust), trustRatioMask),
      scaleByLearningRate(learningRate),
      trace(momentum, { nesterov }),
    ),
);
