import { chain } from "../combine/chain.ts";
import { define } from "../define.ts";
import { real, scalarOrSchedule } from "../options.ts";
import { addDecayedWeights } from "../transforms/add-decayed-weights.ts";
import type { ScalarOrSchedule } from "../types.ts";
import { MADGRAD_OPTIONS, scaleByMadgrad } from "./scale-by-madgrad.ts";

/**
 * MADGRAD: momentumized dual averaging, with the cube root of squares where Adam has the square root.
 *
 * u = madgrad(g + weightDecay * p), see `scaleByMadgrad`.
 *
 * @param learningRate - a number, or a schedule of the step
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.contrib.madgrad(1e-2, { momentum: 0.9 });
 * @see Defazio & Jelassi 2021, https://arxiv.org/abs/2101.11075
 */
export const madgrad = define(
  "madgrad",
  { learningRate: scalarOrSchedule(0) },
  {
    ...MADGRAD_OPTIONS,
    /** Adds this multiple of the parameters to the gradients. */
    weightDecay: real(0),
  },
  ({ weightDecay, ...options }, learningRate: ScalarOrSchedule) =>
    chain(addDecayedWeights({ weightDecay }), scaleByMadgrad(learningRate, options)),
);
