import { chain } from "../combine/chain.ts";
import { define } from "../define.ts";
import { scalarOrSchedule } from "../options.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import { RADAM_OPTIONS, scaleByRadam } from "../transforms/scale-by-radam.ts";
import type { ScalarOrSchedule } from "../types.ts";

/**
 * RAdam: Adam that leaves out the second moment until it averages enough steps.
 *
 * u = -learningRate * radam(g), with radam as in `scaleByRadam`.
 *
 * @param learningRate - a number, or a schedule of the step
 * @example
 * const tx = gl.radam(1e-3);
 * const params = { w: new Float32Array([1]) };
 * const [updates] = tx.update({ w: new Float32Array([5]) }, tx.init(params));
 * console.log(updates.w[0].toFixed(4)); // -0.0050
 * @see Liu et al. 2019, https://arxiv.org/abs/1908.03265
 */
export const radam = define(
  "radam",
  { learningRate: scalarOrSchedule(0) },
  RADAM_OPTIONS,
  (options, learningRate: ScalarOrSchedule) =>
    chain(scaleByRadam(options), scaleByLearningRate(learningRate)),
);
