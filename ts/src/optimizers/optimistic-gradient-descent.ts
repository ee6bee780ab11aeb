import { chain } from "../combine/chain.ts";
import { define } from "../define.ts";
import { scalarOrSchedule } from "../options.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import { OPTIMISM_OPTIONS, scaleByOptimisticGradient } from "../transforms/scale-by-optimistic-gradient.ts";
import type { ScalarOrSchedule } from "../types.ts";

/**
 * Gradient descent that looks ahead by how the gradient has changed; for games and saddle points.
 *
 * u = -learningRate * ((alpha + beta) * g - beta * g'), with g' the gradient of the last step, g in the first.
 *
 * @param learningRate - a number, or a schedule of the step
 * @example
 * const tx = gl.optimisticGradientDescent(0.1, { beta: 0.5 });
 * @see Mokhtari et al. 2019, https://arxiv.org/abs/1901.08511
 */
export const optimisticGradientDescent = define(
  "optimisticGradientDescent",
  { learningRate: scalarOrSchedule(0) },
  OPTIMISM_OPTIONS,
  (options, learningRate: ScalarOrSchedule) =>
    chain(scaleByOptimisticGradient(options), scaleByLearningRate(learningRate)),
);
