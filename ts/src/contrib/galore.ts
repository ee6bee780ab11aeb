import { define } from "../define.ts";
import { scalarOrSchedule } from "../options.ts";
import type { ScalarOrSchedule } from "../types.ts";
import { DECAY_OPTIONS, decayed } from "./decayed.ts";
import { GALORE_OPTIONS, projecting } from "./scale-by-galore.ts";

/**
 * GaLore: an optimizer whose state for matrices has the size of their low-rank projections.
 *
 * u = -learningRate * (galore(g) + weightDecay * p), see `scaleByGalore`.
 *
 * @param learningRate - a number, or a schedule of the step
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.contrib.galore(0.01, { rank: 16, weightDecay: 0.01 });
 * @see Zhao et al. 2024, https://arxiv.org/abs/2403.03507
 */
export const galore = define(
  "galore",
  { learningRate: scalarOrSchedule(0) },
  { ...GALORE_OPTIONS, ...DECAY_OPTIONS },
  ({ weightDecay, mask, ...options }, learningRate: ScalarOrSchedule) =>
    decayed(projecting("galore", options), { learningRate, weightDecay, mask }),
);
