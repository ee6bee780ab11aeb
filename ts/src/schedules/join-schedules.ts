import { real } from "../options.ts";
import type { Schedule } from "../types.ts";
import { invalid } from "./arguments.ts";

/** Makes the schedule without checking the arguments, which its callers do. Of all boundaries that are reached, the last in the list counts. */
export const join =
  (schedules: readonly Schedule[], boundaries: readonly number[]): Schedule =>
  (count) => {
    let active = schedules.length - 1;
    while (active > 0 && count < boundaries[active - 1]!) active -= 1;
    return schedules[active]!(active === 0 ? count : count - boundaries[active - 1]!);
  };

/**
 * Schedules one after the other; each counts its own steps from 0.
 *
 * value(t) = schedule_0(t) until t = boundary_0, then schedule_1(t - boundary_0) until t = boundary_1, and so on
 *
 * @param boundaries - the steps at which the next schedule starts: one fewer than schedules
 * @throws GradloomError INVALID_HYPERPARAMETER if a schedule is not a function, a boundary is not a finite number, or
 * their numbers do not fit
 * @example
 * const rate = gl.joinSchedules([gl.linearSchedule(0, 1, 10), gl.constantSchedule(0.5)], [10]);
 * rate(5); // 0.5
 * rate(9); // 0.9
 * rate(10); // 0.5
 * @category schedules
 */
export const joinSchedules = (schedules: readonly Schedule[], boundaries: readonly number[]): Schedule => {
  const owner = "joinSchedules";
  if (!Array.isArray(schedules) || schedules.length === 0) {
    throw invalid(`${owner}.schedules`, "there are no schedules.", "Pass an array of at least one schedule.");
  }
  for (const [i, schedule] of schedules.entries()) {
    if (typeof schedule === "function") continue;
    throw invalid(`${owner}.schedules[${i}]`, "expected a schedule.", "Wrap a number in constantSchedule.");
  }
  if (!Array.isArray(boundaries) || boundaries.length !== schedules.length - 1) {
    throw invalid(
      `${owner}.boundaries`,
      `expected an array of length ${schedules.length - 1}.`,
      "Pass one boundary fewer than schedules.",
    );
  }
  for (const [i, boundary] of boundaries.entries()) real(0).check(boundary, `${owner}.boundaries[${i}]`);
  return join([...schedules], [...boundaries]);
};
