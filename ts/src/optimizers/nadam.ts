import { define } from "../define.ts";
import { flag, scalarOrSchedule } from "../options.ts";
import { ADAM_OPTIONS } from "../transforms/scale-by-adam.ts";
import type { ScalarOrSchedule } from "../types.ts";
import { adam } from "./adam.ts";

/**
 * NAdam: Adam with Nesterov's look-ahead; `adam` with `nesterov` on by default.
 *
 * @param learningRate - a number, or a schedule of the step
 * @example
 * const tx = gl.nadam(2e-3);
 * @see Dozat 2016, Incorporating Nesterov momentum into Adam
 */
export const nadam = define(
  "nadam",
  { learningRate: scalarOrSchedule(0) },
  { ...ADAM_OPTIONS, nesterov: flag(true) },
  (options, learningRate: ScalarOrSchedule) => adam(learningRate, options),
);
