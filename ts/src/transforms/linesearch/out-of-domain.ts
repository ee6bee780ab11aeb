import { GradloomError } from "../../error.ts";
import type { Sample } from "./interpolation.ts";

/** Returns the slope along the updates. Throws where it is not finite: no step size could be judged by it. */
export const finiteSlope = (owner: string, slope: number): number => {
  if (Number.isFinite(slope)) return slope;
  throw new GradloomError("INVALID_HYPERPARAMETER", `its inner product with the updates is ${slope}.`, {
    path: `${owner}.grad`,
    remedy: "Leave this step out, or find where the gradients lose their value.",
  });
};

/** Returns the error for a search that ends where the objective or its slope is not finite: only a step of 0 would be left. */
export const outOfDomain = (path: string, { stepsize, value }: Sample): GradloomError => {
  const what = Number.isFinite(value) ? "the gradient is not finite" : `the objective is ${value}`;
  return new GradloomError("INVALID_HYPERPARAMETER", `${what} at the last step size tried, ${stepsize}.`, {
    path,
    remedy: "Allow more steps, scale the updates down, or find where the objective loses its value.",
  });
};
