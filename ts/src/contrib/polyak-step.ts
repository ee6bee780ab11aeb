import { flag, real } from "../options.ts";

/** The options of `momo` and `momoAdam`. */
export const BOUND_OPTIONS = {
  /** What the loss cannot fall below. */
  lowerBound: real(0),
  /** Strength of the weight decay, multiplied by the learning rate; at least 0. */
  weightDecay: real(0, { min: 0 }),
  /** Whether the lower bound is estimated along the way; then `lowerBound` is the least estimate. */
  adaptLowerBound: flag(false),
};

/** What the model of the loss is made of: averages at this step, with `bias` where they start from 0. */
interface Model {
  /** The learning rate at this step. */
  readonly alpha: number;
  readonly bias: number;
  /** Averages of the loss and of gradients times parameters. */
  readonly barf: number;
  readonly gamma: number;
  /** The inner product of momentum and parameters. */
  readonly iprod: number;
  /** The squared norm of the momentum, in the metric of the preconditioner. */
  readonly squaredNorm: number;
  /** The lower bound so far. */
  readonly lb: number;
}

interface BoundOptions {
  readonly lowerBound: number;
  readonly weightDecay: number;
  readonly adaptLowerBound: boolean;
}

/** The step size of MoMo, at most alpha / bias, and the lower bound after the step. */
export const polyakStep = (
  { alpha, bias, barf, gamma, iprod, squaredNorm, lb }: Model,
  { lowerBound, weightDecay, adaptLowerBound }: BoundOptions,
): { readonly tau: number; readonly lb: number } => {
  const grown = 1 + alpha * weightDecay;
  const cap = grown * (barf - gamma) + iprod;
  const reset = adaptLowerBound && cap < grown * bias * lb;
  const bound = reset ? Math.max(cap / (2 * bias * grown), lowerBound) : lb;
  const gap = Math.max(grown * (barf - bias * bound - gamma) + iprod, 0);
  const tau = Math.min(alpha / bias, squaredNorm <= Number.EPSILON ? 0 : gap / squaredNorm);
  const estimate = (barf + iprod - gamma - 0.5 * tau * squaredNorm) / bias;
  return { tau, lb: adaptLowerBound ? Math.max(estimate, lowerBound) : lb };
};

/** The share of the parameters that weight decay takes in a step. */
export const shrinkOf = (alpha: number, weightDecay: number): number =>
  (alpha * weightDecay) / (1 + alpha * weightDecay);
