import { type OptionsOf, parse, real } from "../options.ts";
import type { Schedule } from "../types.ts";
import { requireFinite } from "./arguments.ts";
import { polynomial } from "./polynomial-schedule.ts";

const OPTIONS = {
  /** The steps before the transition begins; below 0 counts as 0. */
  transitionBegin: real(0),
};

export type LinearScheduleOptions = OptionsOf<typeof OPTIONS>;

/**
 * A line from one value to another, constant before and after.
 *
 * value(t) = init + (end - init) * clip(t - begin, 0, steps) / steps
 *
 * @param transitionSteps - at 0 or less the value stays at `initValue`
 * @throws GradloomError INVALID_HYPERPARAMETER if an argument is not a finite number
 * @example
 * const rate = gl.linearSchedule(1, 0, 100, { transitionBegin: 10 });
 * rate(60); // 0.5
 * @category schedules
 */
export const linearSchedule = (
  initValue: number,
  endValue: number,
  transitionSteps: number,
  options?: LinearScheduleOptions,
): Schedule => {
  const owner = "linearSchedule";
  requireFinite(owner, { initValue, endValue, transitionSteps });
  const { transitionBegin } = parse(owner, OPTIONS, options);
  return polynomial(initValue, endValue, 1, transitionSteps, transitionBegin);
};
