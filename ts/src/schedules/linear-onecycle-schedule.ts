import { type OptionsOf, parse, real } from "../options.ts";
import type { Schedule } from "../types.ts";
import { requireFinite, requirePositive } from "./arguments.ts";
import { sortedScales } from "./boundaries.ts";
import { piecewiseInterpolate } from "./piecewise-interpolate-schedule.ts";

const OPTIONS = {
  /** The share of the steps up to the peak, in [0, 1]. */
  pctStart: real(0.3, { min: 0, max: 1 }),
  /** The share of the steps until the first value is reached again, in [0, 1]. */
  pctFinal: real(0.85, { min: 0, max: 1 }),
  /** The peak divided by the first value, above 0. */
  divFactor: real(25, { above: 0 }),
  /** The first value divided by the last, above 0. */
  finalDivFactor: real(1e4, { above: 0 }),
};

export type LinearOnecycleScheduleOptions = OptionsOf<typeof OPTIONS>;

/**
 * One cycle of three lines: up to the peak, back down, and down to almost nothing.
 *
 * peak / divFactor at step 0, peak at floor(pctStart * steps), peak / divFactor at floor(pctFinal * steps),
 * peak / (divFactor * finalDivFactor) at steps and after
 *
 * @param transitionSteps - above 0
 * @throws GradloomError INVALID_HYPERPARAMETER if an argument is not a finite number or out of range
 * @example
 * const rate = gl.linearOnecycleSchedule(100, 1);
 * rate(0); // 0.04
 * rate(30); // 1
 * @see Smith & Topin 2017, Super-Convergence, https://arxiv.org/abs/1708.07120
 * @category schedules
 */
export const linearOnecycleSchedule = (
  transitionSteps: number,
  peakValue: number,
  options?: LinearOnecycleScheduleOptions,
): Schedule => {
  const owner = "linearOnecycleSchedule";
  requirePositive(owner, { transitionSteps });
  requireFinite(owner, { peakValue });
  const { pctStart, pctFinal, divFactor, finalDivFactor } = parse(owner, OPTIONS, options);
  const scales = sortedScales([
    [Math.trunc(pctStart * transitionSteps), divFactor],
    [Math.trunc(pctFinal * transitionSteps), 1 / divFactor],
    [transitionSteps, 1 / finalDivFactor],
  ]);
  return piecewiseInterpolate("linear", peakValue / divFactor, scales);
};
