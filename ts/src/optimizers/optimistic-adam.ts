import { chain } from "../combine/chain.ts";
import { define } from "../define.ts";
import { flag, maybe, real } from "../options.ts";
import { ADAM_OPTIONS, scaleByAdam } from "../transforms/scale-by-adam.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import { scaleByOptimisticGradient } from "../transforms/scale-by-optimistic-gradient.ts";

/**
 * Adam that looks ahead by how its own update has changed.
 *
 * a = adam(g); u = -((learningRate + optimism) * a - optimism * a'), with a' that of the last step, a in the first.
 *
 * @deprecated Use `optimisticAdamV2`, which takes schedules.
 * @param learningRate - a number
 * @example
 * const tx = gl.optimisticAdam(1e-3, { optimism: 5e-4 });
 * @see Daskalakis et al. 2018, https://arxiv.org/abs/1711.00141
 */
export const optimisticAdam = define(
  "optimisticAdam",
  {
    learningRate: {
      ...real(0),
      scheduleRemedy: "Use optimisticAdamV2, which takes a schedule, or pass a number.",
    },
  },
  {
    /** Weight of the look-ahead, by default the learning rate. */
    optimism: maybe(real(0)),
    ...ADAM_OPTIONS,
    nesterov: flag(true),
  },
  ({ optimism, ...adam }, learningRate: number) =>
    chain(
      scaleByAdam(adam),
      scaleByOptimisticGradient({ alpha: learningRate, beta: optimism ?? learningRate }),
      scaleByLearningRate(1),
    ),
);
