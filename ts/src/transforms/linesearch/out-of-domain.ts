import { GradloomError } from "../../error.ts";
import type { Sample } from "./interpolation.ts";

/** The slope along the updates, unless no step size could ever be judged by it. */
export const finiteSlope = (owner: string, slope: number): number => {
  if (Number.isFinite(slope)) return slope;
  throw new GradloomError("INVALID_HYPERPARAMETER", `its inner product with the updates is ${slope}.`, {
    path: `${owner}.grad`,
    remedy: "Leave this step out, or find where the gradients lose their value.",
  });
};

/** The error for a search that ends where the objective, or its slope, is not finite: the step could only be 0. */
export const outOfDomain = (path: string, { stepsize, value }: Sample): GradloomError => {
  const what = Number.isFinite(value) ? "the gradient is not finite" : `the objective is ${value}`;
  return new GradloomError("INVALID_HYPERPARAMETER", `${what} at the last step size tried, ${stepsize}.`, {
    path,
    remedy: "Allow more steps, scale the updates down, or find where the objective loses its value.",
  });
};
