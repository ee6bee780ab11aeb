import { type Field, real, scalarOrSchedule } from "../options.ts";
import type { ScalarOrSchedule } from "../types.ts";

/** A positional argument with a default. */
const omissible = <T>(field: Field<T>): Field<T> => ({
  ...field,
  check: (value, path) => (value === undefined ? field.default : field.check(value, path)),
});

/** A learning rate or a schedule that may be left out. */
export const scheduleOr = (fallback: number): Field<ScalarOrSchedule> =>
  omissible(scalarOrSchedule(fallback));

/** A learning rate that may be left out. */
export const learningRateOr = (fallback: number): Field<number> => omissible(real(fallback));

/** Returns the value of a number or schedule at a step. */
export const valueAt = (value: ScalarOrSchedule, step: number): number =>
  typeof value === "function" ? value(step) : value;
