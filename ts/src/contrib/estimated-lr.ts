import { real } from "../options.ts";
import { wholePower } from "../portable/whole-power.ts";
import { betas } from "./betas.ts";

/** The options of `dadaptAdamw` and `prodigy`. */
export const ESTIMATE_OPTIONS = {
  /** Decay of the first and the second moment, each in [0, 1). */
  betas: betas([0.9, 0.999]),
  /** Added to the root; at least 0. */
  eps: real(1e-8, { min: 0 }),
  /** The initial estimate of the learning rate: a number below every good one, greater than 0. */
  estimLr0: real(1e-6, { above: 0 }),
  /** Strength of the weight decay, multiplied by the learning rate. */
  weightDecay: real(0),
};

/** Returns the factor that corrects the bias of both of Adam's moments at once, given the number of steps before this one. */
export const biasCorrection = ([b1, b2]: readonly [number, number], count: number): number =>
  Math.sqrt(1 - wholePower(b2, count + 1)) / (1 - wholePower(b1, count + 1));

/** Returns the greater of the estimate so far and a new one. A new estimate of NaN is ignored: without gradients it is 0/0. */
export const raised = (estimate: number, numerator: number, denominator: number): number => {
  const next = numerator / denominator;
  return Number.isFinite(next) ? Math.max(estimate, next) : estimate;
};
