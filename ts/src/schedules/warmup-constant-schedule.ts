import type { Schedule } from "../types.ts";
import { requireFinite } from "./arguments.ts";
import { polynomial } from "./polynomial-schedule.ts";

/**
 * A line up to the peak, and constant after it.
 *
 * value(t) = init + (peak - init) * min(t / warmup, 1)
 *
 * @param warmupSteps - at 0 or less the value stays at `initValue`
 * @throws GradloomError INVALID_HYPERPARAMETER if an argument is not a finite number
 * @example
 * const rate = gl.warmupConstantSchedule(0, 1, 10);
 * rate(5); // 0.5
 * rate(50); // 1
 * @category schedules
 */
export const warmupConstantSchedule = (
  initValue: number,
  peakValue: number,
  warmupSteps: number,
): Schedule => {
  requireFinite("warmupConstantSchedule", { initValue, peakValue, warmupSteps });
  return polynomial(initValue, peakValue, 1, warmupSteps, 0);
};
