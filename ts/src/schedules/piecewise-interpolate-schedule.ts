import { type OptionsOf, oneOf, parse, required } from "../options.ts";
import { cosine } from "../portable/cosine.ts";
import type { Schedule } from "../types.ts";
import { requireFinite } from "./arguments.ts";
import { boundariesAndScales, type ScaleAt, sortedScales } from "./boundaries.ts";

const INTERPOLATIONS = {
  linear: (start: number, end: number, share: number) => (end - start) * share + start,
  cosine: (start: number, end: number, share: number) =>
    end + ((start - end) / 2) * (cosine(Math.PI * share) + 1),
};

export type InterpolateType = keyof typeof INTERPOLATIONS;

const TYPE = oneOf(["linear", "cosine"], "linear");

const OPTIONS = {
  /** The steps and the factors that begin to hold there, each at least 0; none by default. */
  boundariesAndScales,
};

export type PiecewiseInterpolateScheduleOptions = OptionsOf<typeof OPTIONS>;

/** Makes the schedule without checking the arguments, which its callers do. `scales` are in rising order. */
export const piecewiseInterpolate = (
  type: InterpolateType,
  initValue: number,
  scales: readonly ScaleAt[],
): Schedule => {
  const interpolate = INTERPOLATIONS[type];
  const knots = [{ step: 0, value: initValue }];
  for (const { boundary, scale } of scales)
    knots.push({ step: boundary, value: knots.at(-1)!.value * scale });
  const last = knots.at(-1)!;
  return (count) => {
    if (count >= last.step) return last.value;
    const next = knots.findIndex(({ step }, i) => i > 0 && knots[i - 1]!.step <= count && count < step);
    if (next < 0) return 0; // before the first knot
    const [start, end] = [knots[next - 1]!, knots[next]!];
    const share = (count - start.step) / Math.max(end.step - start.step, 1);
    return interpolate(start.value, end.value, share);
  };
};

/**
 * Lines or cosine waves between values that are scaled at given steps, and constant after the last one.
 *
 * v_0 = init at step 0;  v_i = v_(i-1) * scale_i at step boundary_i;  s = (t - boundary_i) / (boundary_(i+1) - boundary_i)
 *
 * linear: value(t) = v_i + (v_(i+1) - v_i) * s;  cosine: value(t) = v_(i+1) + (v_i - v_(i+1)) * (1 + cos(pi * s)) / 2
 *
 * @throws GradloomError INVALID_HYPERPARAMETER if a number is not finite, a factor is below 0 or the type is unknown
 * @example
 * const rate = gl.piecewiseInterpolateSchedule("linear", 1, { boundariesAndScales: { 4: 0.5, 8: 0 } });
 * rate(2); // 0.75
 * rate(6); // 0.25
 * @category schedules
 */
export const piecewiseInterpolateSchedule = (
  interpolateType: InterpolateType,
  initValue: number,
  options?: PiecewiseInterpolateScheduleOptions,
): Schedule => {
  const owner = "piecewiseInterpolateSchedule";
  required(owner, "interpolateType", TYPE, interpolateType);
  requireFinite(owner, { initValue });
  const { boundariesAndScales } = parse(owner, OPTIONS, options);
  return piecewiseInterpolate(
    interpolateType,
    initValue,
    sortedScales(Object.entries(boundariesAndScales ?? {})),
  );
};
