import { define } from "../define.ts";
import { scalarOrSchedule } from "../options.ts";
import type { ScalarOrSchedule } from "../types.ts";
import { DECAY_OPTIONS, decayed } from "./decayed.ts";
import { ADEMAMIX_OPTIONS, scaleByAdemamix } from "./scale-by-ademamix.ts";

/**
 * AdEMAMix: AdamW with a second average that remembers very old gradients.
 *
 * u = -learningRate * (ademamix(g) + weightDecay * p), see `scaleByAdemamix`. For few steps a smaller `b3` is better.
 *
 * @param learningRate - a number, or a schedule of the step
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.contrib.ademamix(1e-3, { b3: 0.999, alpha: gl.linearSchedule(0, 5, 1000) });
 * @see Pagliardini et al. 2024, https://arxiv.org/abs/2409.03137
 */
export const ademamix = define(
  "ademamix",
  { learningRate: scalarOrSchedule(0) },
  {
    ...ADEMAMIX_OPTIONS,
    /** Weight of the slow average; a number, or a schedule of the step. */
    alpha: scalarOrSchedule(5),
    ...DECAY_OPTIONS,
  },
  ({ weightDecay, mask, ...options }, learningRate: ScalarOrSchedule) =>
    decayed(scaleByAdemamix(options), { learningRate, weightDecay, mask }),
);
