import type { NumericComputation } from "../kernels/computation.ts";
import { extraNumber } from "../kernels/extra-number.ts";
import type { KernelStep } from "../kernels/kernel-spec.ts";
import type { Numbers, Schedules } from "../kernels/kernel-step.ts";
import { count, host } from "../kernels/kernels.ts";
import { flag, real } from "../options.ts";
import type { ScalarOrSchedule } from "../types.ts";
import { assignEverywhere } from "./assign-everywhere.ts";

/** The options of the lower bound and the decay, which `momo` and `momoAdam` share. */
export const BOUND_OPTIONS = {
  /** The lower bound of the loss. */
  lowerBound: real(0),
  /** Strength of the weight decay, multiplied by the learning rate; at least 0. */
  weightDecay: real(0, { min: 0 }),
  /** Estimate the lower bound while training; `lowerBound` is then the least estimate. */
  adaptLowerBound: flag(false),
};

/** The inputs of the model of the loss: averages at this step, and `bias` for averages that start from 0. */
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

/** Returns the step size of MoMo, at most alpha / bias, and the lower bound after the step. */
const polyakStep = (
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

/** Returns the part of the parameters that weight decay removes in a step. */
const shrinkOf = (alpha: number, weightDecay: number): number =>
  (alpha * weightDecay) / (1 + alpha * weightDecay);

/** The averages of the loss and of gradients times parameters, the lower bound, and steps so far. */
export interface LossModelState {
  readonly barf: number;
  readonly gamma: number;
  readonly lb: number;
  readonly count: number;
}

/** Makes the fields of `LossModelState`. */
export const lossModel = ({ lowerBound }: BoundOptions) => ({
  barf: host(0),
  gamma: host(0),
  lb: host(lowerBound),
  count: count(),
});

/** The moving averages that the model of the loss is made from: their decay, and the sum of their weights so far. */
interface Averaging {
  readonly decay: (state: Numbers) => number;
  readonly bias: (state: Numbers) => number;
}

/**
 * Makes the steps that turn the momentum into updates, with the step size of the model of the loss. They read the reductions
 * `gradDot`, `iprod` and `squaredNorm`, and the extra argument `value`.
 */
export const polyakSteps = (
  owner: string,
  learningRate: ScalarOrSchedule,
  bounds: BoundOptions,
  { decay, bias }: Averaging,
): KernelStep[] => {
  const rate = ({ count }: { readonly count: number }, schedules: Schedules): number =>
    schedules.at(learningRate, count);
  const measure = (state: LossModelState & Numbers, on: NumericComputation) => {
    const bt = decay(state);
    const barf = bt * state.barf + (1 - bt) * extraNumber(owner, on.extra, "value");
    const gamma = bt * state.gamma + (1 - bt) * on.reduced("gradDot");
    const model = {
      alpha: rate(state, on),
      bias: bias(state),
      barf,
      gamma,
      iprod: on.reduced("iprod"),
      squaredNorm: on.reduced("squaredNorm"),
      lb: state.lb,
    };
    const { tau, lb } = polyakStep(model, bounds);
    assignEverywhere(on, "tau", tau);
    return { barf, gamma, lb };
  };
  const shrink = (state: Numbers, _: unknown, schedules: Schedules): number =>
    shrinkOf(rate(state as Numbers & LossModelState, schedules), bounds.weightDecay);
  return [
    { compute: measure, assigns: ["tau"] },
    { map: "momo", slots: [], scalars: { shrink, tau: { reduced: "tau" } } },
  ];
};
