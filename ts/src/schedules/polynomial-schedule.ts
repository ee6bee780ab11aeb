import { type OptionsOf, parse, real, required } from "../options.ts";
import { power as raise } from "../portable/power.ts";
import type { Schedule } from "../types.ts";
import { requireFinite } from "./arguments.ts";

const OPTIONS = {
  /** The steps before the transition begins; below 0 counts as 0. */
  transitionBegin: real(0),
};

export type PolynomialScheduleOptions = OptionsOf<typeof OPTIONS>;

/** Makes the schedule without checking the arguments, which its callers do. */
export const polynomial = (
  initValue: number,
  endValue: number,
  power: number,
  transitionSteps: number,
  transitionBegin: number,
): Schedule => {
  if (transitionSteps <= 0) return () => initValue;
  const begin = Math.max(transitionBegin, 0);
  return (count) => {
    const elapsed = Math.min(Math.max(count - begin, 0), transitionSteps);
    return (initValue - endValue) * raise(1 - elapsed / transitionSteps, power) + endValue;
  };
};

/**
 * A polynomial from one value to another, constant before and after.
 *
 * value(t) = (init - end) * (1 - clip(t - begin, 0, steps) / steps)^power + end
 *
 * @param power - at least 0; 1 is a line
 * @param transitionSteps - at 0 or less the value stays at `initValue`
 * @throws GradloomError INVALID_HYPERPARAMETER if an argument is not a finite number or the power is below 0
 * @example
 * const rate = gl.polynomialSchedule(1, 0, 2, 100);
 * rate(50); // 0.25
 * @category schedules
 */
export const polynomialSchedule = (
  initValue: number,
  endValue: number,
  power: number,
  transitionSteps: number,
  options?: PolynomialScheduleOptions,
): Schedule => {
  const owner = "polynomialSchedule";
  requireFinite(owner, { initValue, endValue, transitionSteps });
  required(owner, "power", real(1, { min: 0 }), power);
  const { transitionBegin } = parse(owner, OPTIONS, options);
  return polynomial(initValue, endValue, power, transitionSteps, transitionBegin);
};
