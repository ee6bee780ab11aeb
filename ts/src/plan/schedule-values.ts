import { deriveSchedule, originOf } from "../derived-schedule.ts";
import type { ScalarOrSchedule, Schedule } from "../types.ts";

/** Returns a function of a number; of a schedule, the schedule of its values. A step that needs both schedules calls the given one once. */
export const mapSchedule = (value: ScalarOrSchedule, change: (value: number) => number): ScalarOrSchedule => {
  if (typeof value !== "function") return change(value);
  return deriveSchedule(value, change);
};

/** The values of schedules in one step: a schedule is called once for a count, however many transformations and scalars use it. */
export class ScheduleValues {
  /** The values of each schedule by count. */
  readonly #known = new Map<Schedule, Map<number, number>>();

  /** Returns a number as it is, and the value of a schedule at a count. */
  at(value: ScalarOrSchedule, count: number): number {
    if (typeof value !== "function") return value;
    const origin = originOf(value);
    if (origin) return origin.change(this.at(origin.source, count), count);
    const values = this.#known.get(value) ?? new Map<number, number>();
    const known = values.get(count);
    if (known !== undefined) return known;
    const made = value(count);
    this.#known.set(value, values.set(count, made));
    return made;
  }
}
