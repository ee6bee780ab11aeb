import { chain } from "../combine/chain.ts";
import { define } from "../define.ts";
import { real, scalarOrSchedule } from "../options.ts";
import { mapSchedule } from "../plan/schedule-values.ts";
import { addDecayedWeights } from "../transforms/add-decayed-weights.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import { scaleByTrustRatio } from "../transforms/scale-by-trust-ratio.ts";
import type { ScalarOrSchedule } from "../types.ts";

const shrinkage = (rate: number): number => 1 / Math.sqrt(1 + rate ** 2);

/**
 * Fromage: steps of the size of the parameters, which are then shrunk so that they do not grow.
 *
 * k = 1 / sqrt(1 + learningRate²); per leaf u = -learningRate * k * n(p)/n(g) * g + (k - 1) * p, with n(x) = max(norm(x), minNorm).
 *
 * @param learningRate - a number, or a schedule of the step
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.fromage(1e-2);
 * @see Bernstein et al. 2020, https://arxiv.org/abs/2002.03432
 */
export const fromage = define(
  "fromage",
  { learningRate: scalarOrSchedule(0) },
  {
    /** The least value of both norms; at least 0. */
    minNorm: real(1e-6, { min: 0 }),
  },
  ({ minNorm }, learningRate: ScalarOrSchedule) =>
    chain(
      scaleByTrustRatio({ minNorm }),
      scaleByLearningRate(mapSchedule(learningRate, (rate) => rate * shrinkage(rate))),
      addDecayedWeights({ weightDecay: mapSchedule(learningRate, (rate) => shrinkage(rate) - 1) }),
    ),
);
