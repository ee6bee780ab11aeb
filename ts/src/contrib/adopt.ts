import { chain } from "../combine/chain.ts";
import { define } from "../define.ts";
import { scalarOrSchedule } from "../options.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import type { ScalarOrSchedule } from "../types.ts";
import { ADOPT_OPTIONS, scaleByAdopt } from "./scale-by-adopt.ts";

/**
 * ADOPT: Adam changed so that it converges with any `b2`.
 *
 * u = -learningRate * adopt(g), see `scaleByAdopt`.
 *
 * @param learningRate - a number, or a schedule of the step
 * @example
 * const tx = gl.contrib.adopt(1e-3, { nesterov: true });
 * @see Taniguchi et al. 2024, https://arxiv.org/abs/2411.02853
 */
export const adopt = define(
  "adopt",
  { learningRate: scalarOrSchedule(0) },
  ADOPT_OPTIONS,
  (options, learningRate: ScalarOrSchedule) =>
    chain(scaleByAdopt(options), scaleByLearningRate(learningRate)),
);
