import { define } from "../define.ts";
import { scalarOrSchedule } from "../options.ts";
import type { ScalarOrSchedule } from "../types.ts";
import { DECAY_OPTIONS, decayed } from "./decayed.ts";
import { ACPROP_OPTIONS, scaleByAcprop } from "./scale-by-acprop.ts";

/**
 * ACProp: AdaBelief with the divisor of the previous step, which does not depend on the gradient that it divides.
 *
 * u = -learningRate * (acprop(g) + weightDecay * p), see `scaleByAcprop`.
 *
 * @param learningRate - a number, or a schedule of the step
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.contrib.acprop(1e-3, { weightDecay: 1e-2 });
 * @see Zhuang et al. 2021, https://arxiv.org/abs/2110.05454
 */
export const acprop = define(
  "acprop",
  { learningRate: scalarOrSchedule(0) },
  { ...ACPROP_OPTIONS, ...DECAY_OPTIONS },
  ({ weightDecay, mask, ...options }, learningRate: ScalarOrSchedule) =>
    decayed(scaleByAcprop(options), { learningRate, weightDecay, mask }),
);
