import { type Field, scalarOrSchedule } from "../options.ts";
import type { ScalarOrSchedule } from "../types.ts";

/** A learning rate or a schedule that may be left out. */
export const scheduleOr = (fallback: number): Field<ScalarOrSchedule> => {
  const rate = scalarOrSchedule(fallback);
  return { ...rate, check: (value, path) => (value === undefined ? fallback : rate.check(value, path)) };
};

/** The value of a number or schedule at a step. */
export const valueAt = (value: ScalarOrSchedule, step: number): number =>
  typeof value === "function" ? value(step) : value;
