import type { Schedule } from "../types.ts";
import { requireFinite } from "./arguments.ts";

/**
 * The same value at every step.
 *
 * value(t) = c
 *
 * @throws GradloomError INVALID_HYPERPARAMETER if the value is not a finite number
 * @example
 * const rate = gl.constantSchedule(0.1);
 * rate(100); // 0.1
 * @category schedules
 */
export const constantSchedule = (value: number): Schedule => {
  requireFinite("constantSchedule", { value });
  return () => value;
};
