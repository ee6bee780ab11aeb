import type { Schedule } from "./types.ts";

/** A schedule, and the function that makes another one's value from its own at a count. */
interface Origin {
  readonly source: Schedule;
  readonly change: (value: number, count: number) => number;
}

const origins = new WeakMap<Schedule, Origin>();

/** Makes the schedule of the changed values of another one. A step that needs both calls the other once. */
export const deriveSchedule = (source: Schedule, change: Origin["change"]): Schedule => {
  const made: Schedule = (count) => change(source(count), count);
  origins.set(made, { source, change });
  return made;
};

/** Returns what a derived schedule is made from, undefined for any other. */
export const originOf = (schedule: Schedule): Origin | undefined => origins.get(schedule);
