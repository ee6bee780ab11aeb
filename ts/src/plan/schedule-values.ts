import { deriveSchedule, originOf } from "../derived-schedule.ts";
import type { ScalarOrSchedule, Schedule } from "../types.ts";

/** Returns a function of a number; of a schedule, the schedule of its values. A step that needs both schedules calls the given one once. */
export const mapSchedule = (value: ScalarOrSchedule, change: (value: number) => number): ScalarOrSchedule => {
  if (typeof value !== "function") return change(value);
  return deriveSchedule(value, change);
};

/** The values of schedules in one step: a schedule is called once for a count, however many transformations and scalars use it. */
export class ScheduleValues {
  readonly #known: (readonly [schedule: Schedule, count: number, value: number])[] = [];

  /** Returns a number as it is, and the value of a schedule at a count. */
  at(value: ScalarOrSchedule, count: number): number {
    if (typeof value !== "function") return value;
    const origin = originOf(value);
    if (origin) return origin.change(this.at(origin.source, count), count);
    const known = this.#known.find(([schedule, at]) => schedule === value && at === count);
    if (known) return known[2];
    const made = value(count);
    this.#known.push([value, count, made]);
    return made;
  }
}
