import { define } from "../define.ts";
import { scalarOrSchedule } from "../options.ts";
import type { ScalarOrSchedule } from "../types.ts";
import { DECAY_OPTIONS, decayed } from "./decayed.ts";
import { SIMPLIFIED_ADEMAMIX_OPTIONS, scaleBySimplifiedAdemamix } from "./scale-by-simplified-ademamix.ts";

/**
 * Simplified AdEMAMix: one decaying sum of gradients and `alpha` times the current one.
 *
 * u = -learningRate * (simplifiedAdemamix(g) + weightDecay * p), see `scaleBySimplifiedAdemamix`. The sum is 1/(1-b1) times an
 * average, so the learning rate is that much smaller than Adam's.
 *
 * @param learningRate - a number, or a schedule of the step
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.contrib.simplifiedAdemamix(1e-5, { alpha: 100 });
 * @see Morwani et al. 2025, https://arxiv.org/abs/2502.02431
 */
export const simplifiedAdemamix = define(
  "simplifiedAdemamix",
  { learningRate: scalarOrSchedule(0) },
  { ...SIMPLIFIED_ADEMAMIX_OPTIONS, ...DECAY_OPTIONS },
  ({ weightDecay, mask, ...options }, learningRate: ScalarOrSchedule) =>
    decayed(scaleBySimplifiedAdemamix(options), { learningRate, weightDecay, mask }),
);
