import { type OptionsOf, parse, real } from "../options.ts";
import type { Schedule } from "../types.ts";
import { requireFinite, requirePositive } from "./arguments.ts";
import { sortedScales } from "./boundaries.ts";
import { piecewiseInterpolate } from "./piecewise-interpolate-schedule.ts";

const OPTIONS = {
  /** The share of the steps up to the peak, in [0, 1]. */
  pctStart: real(0.3, { min: 0, max: 1 }),
  /** The peak divided by the first value, above 0. */
  divFactor: real(25, { above: 0 }),
  /** The first value divided by the last, above 0. */
  finalDivFactor: real(1e4, { above: 0 }),
};

export type CosineOnecycleScheduleOptions = OptionsOf<typeof OPTIONS>;

/**
 * One cycle of two cosine waves: up to the peak and down to almost nothing.
 *
 * peak / divFactor at step 0, peak at floor(pctStart * steps), peak / (divFactor * finalDivFactor) at steps and after
 *
 * @param transitionSteps - above 0
 * @throws GradloomError INVALID_HYPERPARAMETER if an argument is not a finite number or out of range
 * @example
 * const rate = gl.cosineOnecycleSchedule(100, 1);
 * rate(0); // 0.04
 * rate(30); // 1
 * @see Smith & Topin 2017, Super-Convergence, https://arxiv.org/abs/1708.07120
 * @category schedules
 */
export const cosineOnecycleSchedule = (
  transitionSteps: number,
  peakValue: number,
  options?: CosineOnecycleScheduleOptions,
): Schedule => {
  const owner = "cosineOnecycleSchedule";
  requirePositive(owner, { transitionSteps });
  requireFinite(owner, { peakValue });
  const { pctStart, divFactor, finalDivFactor } = parse(owner, OPTIONS, options);
  const scales = sortedScales([
    [Math.trunc(pctStart * transitionSteps), divFactor],
    [Math.trunc(transitionSteps), 1 / (divFactor * finalDivFactor)],
  ]);
  return piecewiseInterpolate("cosine", peakValue / divFactor, scales);
};
