import { type NumericField, real, scalarOrSchedule } from "../options.ts";
import type { ScalarOrSchedule } from "../types.ts";

/** Makes a positional argument that may be left out from a field with a default. */
const omissible = <T>(field: NumericField<T>): NumericField<T> => ({
  ...field,
  check: (value, path) => (value === undefined ? field.default : field.check(value, path)),
});

/** Makes the argument for a learning rate or a schedule that may be left out. */
export const scheduleOr = (fallback: number): NumericField<ScalarOrSchedule> =>
  omissible(scalarOrSchedule(fallback));

/** Makes the argument for a learning rate that may be left out. */
export const learningRateOr = (fallback: number): NumericField<number> => omissible(real(fallback));
