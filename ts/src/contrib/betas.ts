import { GradloomError } from "../error.ts";
import { type Field, real } from "../options.ts";

type Betas = readonly [first: number, second: number];

const rate = real(0, { min: 0, below: 1 });

/** Makes the option for the decay rates of the first and the second moment. */
export const betas = (fallback: Betas): Field<Betas> => ({
  default: fallback,
  check: (value, path) => {
    if (!Array.isArray(value) || value.length !== 2)
      throw new GradloomError("INVALID_HYPERPARAMETER", "expected two numbers.", {
        path,
        remedy: "Write betas: [0.9, 0.999].",
      });
    return [rate.check(value[0], `${path}[0]`), rate.check(value[1], `${path}[1]`)];
  },
});
