import { chain } from "../combine/chain.ts";
import { define } from "../define.ts";
import { addDecayedWeights } from "../transforms/add-decayed-weights.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import type { ScalarOrSchedule } from "../types.ts";
import { DECAY_OPTIONS } from "./decayed.ts";
import { scheduleOr } from "./learning-rate.ts";
import { COCOB_OPTIONS, scaleByCocob } from "./scale-by-cocob.ts";

/**
 * COCOB: continuous coin betting, which needs no learning rate.
 *
 * u = cocob(learningRate * (g + weightDecay * p)), see `scaleByCocob`.
 *
 * @param learningRate - multiplies the gradients, 1 by default; a number, or a schedule of the step
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.contrib.cocob();
 * @see Orabona & Tommasi 2017, https://arxiv.org/abs/1705.07795
 */
export const cocob = define(
  "cocob",
  { learningRate: scheduleOr(1) },
  { ...COCOB_OPTIONS, ...DECAY_OPTIONS },
  ({ weightDecay, mask, ...options }, learningRate?: ScalarOrSchedule) =>
    chain(
      addDecayedWeights({ weightDecay, mask }),
      scaleByLearningRate(learningRate as ScalarOrSchedule, { flipSign: false }),
      scaleByCocob(options),
    ),
);
