import { define } from "../define.ts";
import { flag, scalarOrSchedule } from "../options.ts";
import type { ScalarOrSchedule } from "../types.ts";
import { ADAMW_OPTIONS, adamw } from "./adamw.ts";

/**
 * NAdamW: AdamW with Nesterov's look-ahead; `adamw` with `nesterov` on by default.
 *
 * @param learningRate - a number, or a schedule of the step
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.nadamw(1e-3, { weightDecay: 0.01 });
 * @see Dozat 2016, Incorporating Nesterov momentum into Adam
 */
export const nadamw = define(
  "nadamw",
  { learningRate: scalarOrSchedule(0) },
  { ...ADAMW_OPTIONS, nesterov: flag(true) },
  (options, learningRate: ScalarOrSchedule) => adamw(learningRate, options),
);
