import type { numpy as np } from "@jax-js/jax";
import { GradloomError } from "../../error.ts";

const refuseOtherShape = ({ shape: a }: np.Array, { shape: b }: np.Array): void => {
  if (a.length === b.length && a.every((size, axis) => size === b[axis])) return;
  throw new GradloomError("SHAPE_MISMATCH", `Shape mismatch: [${a}] vs [${b}].`, {
    path: "targets",
    remedy: "Predictions and targets have the same shape.",
  });
};

/**
 * The squared error of each prediction; it can be traced.
 *
 * @param predictions - an array, which is consumed
 * @param targets - an array of the same shape, which is consumed; by default zeros
 * @throws GradloomError `SHAPE_MISMATCH` where the shapes differ; nothing is consumed then
 * @example
 * import { numpy as np } from "@jax-js/jax";
 * import { squaredError } from "gradloom/jax/optax";
 * console.log(squaredError(np.array([1, 2]), np.array([0, 5])).js()); // [1, 9]
 */
export const squaredError = (predictions: np.Array, targets?: np.Array): np.Array => {
  if (targets) refuseOtherShape(predictions, targets);
  const error = targets ? predictions.sub(targets) : predictions;
  return error.ref.mul(error);
};

/**
 * Half of the squared error of each prediction; it can be traced.
 *
 * @param predictions - an array, which is consumed
 * @param targets - an array of the same shape, which is consumed; by default zeros
 * @throws GradloomError `SHAPE_MISMATCH` where the shapes differ; nothing is consumed then
 * @example
 * import { numpy as np } from "@jax-js/jax";
 * import { l2Loss } from "gradloom/jax/optax";
 * console.log(l2Loss(np.array([1, 2]), np.array([0, 5])).js()); // [0.5, 4.5]
 */
export const l2Loss = (predictions: np.Array, targets?: np.Array): np.Array =>
  squaredError(predictions, targets).mul(0.5);
