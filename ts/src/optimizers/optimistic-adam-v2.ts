import { chain } from "../combine/chain.ts";
import { define } from "../define.ts";
import { flag, scalarOrSchedule } from "../options.ts";
import { ADAM_OPTIONS, scaleByAdam } from "../transforms/scale-by-adam.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import { OPTIMISM_OPTIONS, scaleByOptimisticGradient } from "../transforms/scale-by-optimistic-gradient.ts";
import type { ScalarOrSchedule } from "../types.ts";

/**
 * Adam that looks ahead by how its own update has changed.
 *
 * a = adam(g); u = -learningRate * ((alpha + beta) * a - beta * a'), with a' that of the last step, a in the first.
 *
 * @param learningRate - a number, or a schedule of the step
 * @example
 * const tx = gl.optimisticAdamV2(1e-3, { beta: 0.5 });
 * @see Daskalakis et al. 2018, https://arxiv.org/abs/1711.00141
 */
export const optimisticAdamV2 = define(
  "optimisticAdamV2",
  { learningRate: scalarOrSchedule(0) },
  {
    ...OPTIMISM_OPTIONS,
    ...ADAM_OPTIONS,
    nesterov: flag(true),
  },
  ({ alpha, beta, ...adam }, learningRate: ScalarOrSchedule) =>
    chain(scaleByAdam(adam), scaleByOptimisticGradient({ alpha, beta }), scaleByLearningRate(learningRate)),
);
