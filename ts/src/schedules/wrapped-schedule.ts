import { type Made, needsNew } from "../define.ts";
import { MOST_INTEGER } from "../options.ts";
import { named } from "../pytree/named.ts";
import type { Schedule } from "../types.ts";
import { invalid } from "./arguments.ts";
import type { StatefulSchedule } from "./stateful-schedule.ts";

export interface WrappedScheduleState {
  readonly count: number;
}

/** The class behind `WrappedSchedule`. */
class WrappedScheduleClass implements StatefulSchedule<WrappedScheduleState> {
  readonly scheduleFn: Schedule;

  constructor(scheduleFn: Schedule) {
    if (typeof scheduleFn !== "function")
      throw invalid("WrappedSchedule.scheduleFn", "this is no schedule.", "Pass a function of the step.");
    this.scheduleFn = scheduleFn;
  }

  init(): WrappedScheduleState {
    return named("WrappedScheduleState", { count: 0 });
  }

  update(state: WrappedScheduleState): WrappedScheduleState {
    return named("WrappedScheduleState", { count: Math.min(state.count + 1, MOST_INTEGER) });
  }

  call(state: WrappedScheduleState): number {
    return this.scheduleFn(state.count);
  }
}

/**
 * A schedule of the step count as a stateful schedule: its state is the count.
 *
 * count_0 = 0;  count_(t+1) = min(count_t + 1, 2^31 - 1);  value = schedule(count)
 *
 * @throws GradloomError INVALID_HYPERPARAMETER if the schedule is not a function
 * @example
 * const rate = new gl.WrappedSchedule(gl.linearSchedule(0, 1, 4));
 * const state = rate.update(rate.init());
 * rate.call(state); // 0.25
 * @category schedules
 */
export const WrappedSchedule: Made<typeof WrappedScheduleClass, WrappedSchedule> = needsNew(
  "WrappedSchedule",
  WrappedScheduleClass,
);

export interface WrappedSchedule extends WrappedScheduleClass {}

export type { WrappedScheduleClass };
