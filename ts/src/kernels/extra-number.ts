import { GradloomError } from "../error.ts";
import type { ExtraArgs } from "../plan/transformation.ts";
import { show } from "../show.ts";

/**
 * Returns a number of the extra arguments. Throws where it is missing or not finite.
 *
 * @param owner - the public name of the transformation
 */
export const extraNumber = (owner: string, extra: ExtraArgs | undefined, name: string): number => {
  const value = extra?.[name];
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new GradloomError("INVALID_HYPERPARAMETER", `is ${value}.`, {
      path: `${owner}.${name}`,
      remedy: "Leave this step out, or find where the objective loses its value.",
    });
  }
  if (typeof value === "number") return value;
  throw new GradloomError(
    "EXTRA_ARGUMENT_REQUIRED",
    `this transformation needs the number ${name}, got ${show(value)}.`,
    {
      path: `${owner}.${name}`,
      remedy: `Call update(updates, state, params, { ${name} }) or applyGradients(grads, { ${name} }).`,
    },
  );
};
