import { type OptionsOf, parse } from "../options.ts";
import type { Schedule } from "../types.ts";
import { requireFinite } from "./arguments.ts";
import { boundariesAndScales, sortedScales } from "./boundaries.ts";

const OPTIONS = {
  /** The steps and the factors that begin to hold there, each at least 0; none by default. */
  boundariesAndScales,
};

export type PiecewiseConstantScheduleOptions = OptionsOf<typeof OPTIONS>;

/**
 * A value that is multiplied by a factor at given steps and constant between them.
 *
 * value(t) = init * product of scale_i over all i with t >= boundary_i
 *
 * @throws GradloomError INVALID_HYPERPARAMETER if a number is not finite or a factor is below 0
 * @example
 * const rate = gl.piecewiseConstantSchedule(1, { boundariesAndScales: { 100: 0.1, 200: 0.5 } });
 * rate(99); // 1
 * rate(100); // 0.1
 * rate(200); // 0.05
 * @category schedules
 */
export const piecewiseConstantSchedule = (
  initValue: number,
  options?: PiecewiseConstantScheduleOptions,
): Schedule => {
  const owner = "piecewiseConstantSchedule";
  requireFinite(owner, { initValue });
  const scales = sortedScales(Object.entries(parse(owner, OPTIONS, options).boundariesAndScales ?? {}));
  return (count) => {
    let value = initValue;
    for (const { boundary, scale } of scales) if (count >= boundary) value *= scale;
    return value;
  };
};
