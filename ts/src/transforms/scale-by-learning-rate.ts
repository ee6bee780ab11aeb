import { define } from "../define.ts";
import { flag, maybe, scalarOrSchedule } from "../options.ts";
import type { Transformation } from "../plan/node.ts";
import { mapSchedule } from "../plan/schedule-values.ts";
import type { EmptyState } from "../plan/transformation.ts";
import type { ScalarOrSchedule } from "../types.ts";
import { identity } from "./identity.ts";
import { scale } from "./scale.ts";
import { type ScaleByScheduleState, scaleBySchedule } from "./scale-by-schedule.ts";

/** Empty, or a count where the learning rate is a schedule. */
export type ScaleByLearningRateState = EmptyState | ScaleByScheduleState;

/**
 * Multiplies the updates by minus the learning rate: -learningRate * u. The last member of most optimizers.
 *
 * @param learningRate - a number, or a schedule of the step; null leaves the updates as they are
 * @example
 * const tx = gl.chain(gl.scaleByAdam(), gl.scaleByLearningRate(1e-3));
 */
export const scaleByLearningRate = define(
  "scaleByLearningRate",
  { learningRate: maybe(scalarOrSchedule(0)) },
  {
    /** Whether the sign is changed, so that the updates descend. */
    flipSign: flag(true),
  },
  ({ flipSign }, learningRate: ScalarOrSchedule | null): Transformation<ScaleByLearningRateState> => {
    const sign = flipSign ? -1 : 1;
    if (learningRate === null) return identity();
    const factor = mapSchedule(learningRate, (rate) => sign * rate);
    return typeof factor === "function" ? scaleBySchedule(factor) : scale(factor);
  },
);
