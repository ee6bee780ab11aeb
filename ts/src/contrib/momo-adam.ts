import { define } from "../define.ts";
import { kernels, slot } from "../kernels/kernels.ts";
import { decay, real } from "../options.ts";
import type { ParamsLike } from "../plan/transformation.ts";
import { wholePower } from "../portable/whole-power.ts";
import { debias } from "../transforms/moments.ts";
import type { ScalarOrSchedule } from "../types.ts";
import { scheduleOr } from "./learning-rate.ts";
import { BOUND_OPTIONS, type LossModelState, lossModel, polyakSteps } from "./polyak-step.ts";

/** Both moments, averages of the loss and of gradients times parameters, the lower bound, and steps so far. */
export interface MomoAdamState extends LossModelState {
  readonly expAvg: ParamsLike;
  readonly expAvgSq: ParamsLike;
}

/**
 * AdamW with a step size from the loss: the learning rate while the loss is far above its lower bound, then less.
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
    /** Decay of the first moment, of the loss and of g·p, in [0, 1]. */
    b1: decay(0.9),
    /** Decay of the second moment, in [0, 1]. */
    b2: decay(0.999),
    /** Added to the root; at least 0. */
    eps: real(1e-8, { min: 0 }),
    ...BOUND_OPTIONS,
  },
  ({ b1, b2, eps, ...bounds }, learningRate?: ScalarOrSchedule) =>
    kernels<MomoAdamState>({
      name: "momoAdam",
      type: "MomoAdamState",
      state: { expAvg: slot(), expAvgSq: slot(), ...lossModel(bounds) },
      steps: [
        { reduce: "param_dot", scope: "tree", as: "gradDot" },
        {
          map: "momo_adam_average",
          scalars: { b1, oneMinusB1: 1 - b1, b2, oneMinusB2: 1 - b2, c2: debias(b2), eps },
        },
        { reduce: "dot", slots: { x: "expAvg" }, scope: "tree", as: "squaredNorm" },
        { reduce: "param_slot_dot", slots: { x: "expAvg" }, scope: "tree", as: "iprod" },
        ...polyakSteps("momoAdam", learningRate as ScalarOrSchedule, bounds, {
          decay: () => b1,
          bias: (state) => 1 - wholePower(b1, (state.count as number) + 1),
        }),
      ],
    }),
);
