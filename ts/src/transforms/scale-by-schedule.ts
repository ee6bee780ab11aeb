import { define } from "../define.ts";
import { count, kernels } from "../kernels/kernels.ts";
import { schedule } from "../options.ts";
import type { Schedule } from "../types.ts";

/** The number of steps so far. */
export interface ScaleByScheduleState {
  readonly count: number;
}

/**
 * Multiplies the updates by a schedule: stepSizeFn(count) * u, where the first step has count 0.
 *
 * @param stepSizeFn - a function of the step; its value must be finite
 * @throws GradloomError `INVALID_HYPERPARAMETER` at the step for which the schedule is not finite
 * @example
 * const tx = gl.scaleBySchedule((count) => -1 / (count + 1));
 * const grads = { w: new Float32Array([4]) };
 * const [, state] = tx.update(grads, tx.init(grads));
 * console.log(tx.update(grads, state)[0].w[0]); // -2
 */
export const scaleBySchedule = define(
  "scaleBySchedule",
  { stepSizeFn: schedule },
  {},
  (_, stepSizeFn: Schedule) =>
    kernels<ScaleByScheduleState>({
      name: "scaleBySchedule",
      type: "ScaleByScheduleState",
      state: { count: count() },
      steps: [
        {
          map: "scale",
          scalars: { stepSize: ({ count }, _, schedules) => schedules.at(stepSizeFn, count as number) },
        },
      ],
    }),
);
