import { real } from "../options.ts";
import { betas } from "./betas.ts";

/** The options of `dadaptAdamw` and `prodigy`. */
export const ESTIMATE_OPTIONS = {
  /** Decay of the first and the second moment, each in [0, 1). */
  betas: betas(0.9, 0.999),
  /** Added to the root; at least 0. */
  eps: real(1e-8, { min: 0 }),
  /** The first estimate of the learning rate, less than it can be; greater than 0. */
  estimLr0: real(1e-6, { above: 0 }),
  /** Strength of the weight decay, multiplied by the learning rate. */
  weightDecay: real(0),
};

/** What corrects the bias of both of Adam's moments at once, for the number of steps before this one. */
export const biasCorrection = ([b1, b2]: readonly [number, number], count: number): number =>
  Math.sqrt(1 - b2 ** (count + 1)) / (1 - b1 ** (count + 1));

/** The greater of the estimate so far and a new one, which without gradients is 0/0 and changes nothing. */
export const raised = (estimate: number, numerator: number, denominator: number): number => {
  const next = numerator / denominator;
  return Number.isFinite(next) ? Math.max(estimate, next) : estimate;
};
