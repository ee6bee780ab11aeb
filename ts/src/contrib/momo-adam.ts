import { decay, real } from "../options.ts";
import { define } from "../plan/define.ts";
import { extraNumber } from "../plan/extra-number.ts";
import type { Computation } from "../plan/kernel-segment.ts";
import { count, host, kernels, slot } from "../plan/kernels.ts";
import type { ParamsLike } from "../plan/transformation.ts";
import { debias } from "../transforms/moments.ts";
import type { ScalarOrSchedule } from "../types.ts";
import { assignEverywhere } from "./assign-everywhere.ts";
import { scheduleOr, valueAt } from "./learning-rate.ts";
import { BOUND_OPTIONS, polyakStep, shrinkOf } from "./polyak-step.ts";

/** Both moments, averages of the loss and of gradients times parameters, the lower bound, and steps so far. */
export interface MomoAdamState {
  readonly expAvg: ParamsLike;
  readonly expAvgSq: ParamsLike;
  readonly barf: number;
  readonly gamma: number;
  readonly lb: number;
  readonly count: number;
}

/**
 * AdamW with a step size from the loss: as long as the loss is far above its bound the learning rate, then less.
 *
 * m, f and γ are averages of g, of the loss and of g·p with `b1`; D = eps + sqrt(v/(1-b2^t)) as in Adam; c = 1-b1^t. With
 * w = 1 + learningRate * weightDecay: τ = min(learningRate/c, max(w*(f - c*lowerBound - γ) + m·p, 0)/(m·m/D));
 * u = -learningRate*weightDecay/w * p - τ*m/D. Where m·m/D is at most 2^-52, τ is 0.
 *
 * Each update needs the loss as the extra argument `value`.
 *
 * @param learningRate - the greatest step size, 0.01 by default; a number, or a schedule of the step
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters, `EXTRA_ARGUMENT_REQUIRED` without `value`
 * @example
 * const tx = gl.contrib.momoAdam(1e-2, { adaptLowerBound: true });
 * const train = gl.TrainState.create({ params: { w: new Float32Array([1]) }, tx });
 * train.applyGradients({ w: new Float32Array([2]) }, { value: 1 });
 * @see Schaipp et al. 2023, https://arxiv.org/abs/2305.07583
 */
export const momoAdam = define(
  "momoAdam",
  { learningRate: scheduleOr(1e-2) },
  {
    /** Decay of the first moment, of the loss and of g·p, in [0, 1). */
    b1: decay(0.9),
    /** Decay of the second moment, in [0, 1). */
    b2: decay(0.999),
    /** Added to the root; at least 0. */
    eps: real(1e-8, { min: 0 }),
    ...BOUND_OPTIONS,
  },
  ({ b1, b2, eps, ...bounds }, learningRate?: ScalarOrSchedule) => {
    const rate = (steps: number): number => valueAt(learningRate as ScalarOrSchedule, steps);
    const measure = (state: MomoAdamState, on: Computation) => {
      const barf = b1 * state.barf + (1 - b1) * extraNumber("momoAdam", on.extra, "value");
      const gamma = b1 * state.gamma + (1 - b1) * on.reduced("gradDot");
      const model = {
        alpha: rate(state.count),
        bias: 1 - b1 ** (state.count + 1),
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
    return kernels<MomoAdamState>({
      name: "momoAdam",
      params: true,
      state: {
        expAvg: slot(),
        expAvgSq: slot(),
        barf: host(0),
        gamma: host(0),
        lb: host(bounds.lowerBound),
        count: count(),
      },
      steps: [
        { reduce: "param_dot", scope: "tree", as: "gradDot" },
        {
          map: "momo_adam_average",
          scalars: { b1, oneMinusB1: 1 - b1, b2, oneMinusB2: 1 - b2, c2: debias(b2), eps },
        },
        { reduce: "dot", slots: { x: "expAvg" }, scope: "tree", as: "squaredNorm" },
        { reduce: "param_slot_dot", slots: { x: "expAvg" }, scope: "tree", as: "iprod" },
        { compute: measure },
        {
          map: "momo",
          slots: [],
          scalars: {
            shrink: (state) => shrinkOf(rate(state.count as number), bounds.weightDecay),
            tau: { reduced: "tau" },
          },
        },
      ],
    });
  },
);
