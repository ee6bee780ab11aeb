import { define } from "../define.ts";
import type { Numbers } from "../kernels/kernel-step.ts";
import { kernels, slot } from "../kernels/kernels.ts";
import { decay } from "../options.ts";
import type { ParamsLike } from "../plan/transformation.ts";
import type { ScalarOrSchedule } from "../types.ts";
import { scheduleOr } from "./learning-rate.ts";
import { BOUND_OPTIONS, type LossModelState, lossModel, polyakSteps } from "./polyak-step.ts";

/** The momentum, averages of the loss and of gradients times parameters, the lower bound, and steps so far. */
export interface MomoState extends LossModelState {
  readonly expAvg: ParamsLike;
}

/**
 * Momentum with a step size from the loss: the learning rate while the loss is far above its lower bound, then less.
 *
 * m, f and γ are averages of g, of the loss and of g·p, each starting at its first value, with decay `beta`. With
 * w = 1 + learningRate * weightDecay: τ = min(learningRate, max(w*(f - lowerBound - γ) + m·p, 0)/norm(m)²);
 * u = -learningRate*weightDecay/w * p - τ*m. Where norm(m)² is at most 2^-52, τ is 0.
 *
 * Each update needs the loss as the extra argument `value`.
 *
 * @param learningRate - the greatest step size, 1 by default; a number, or a schedule of the step
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters, `EXTRA_ARGUMENT_REQUIRED` without `value`
 * @example
 * const tx = gl.contrib.momo();
 * const params = { x: new Float32Array([1, 2, 3]) };
 * const grads = { x: params.x.map((x) => 2 * x) };
 * const [updates] = tx.update(grads, tx.init(params), params, { value: 14 });
 * console.log(updates.x[0]); // -0.5
 * @see Schaipp et al. 2023, https://arxiv.org/abs/2305.07583
 */
export const momo = define(
  "momo",
  { learningRate: scheduleOr(1) },
  {
    /** Decay of the averages, in [0, 1]. */
    beta: decay(0.9),
    ...BOUND_OPTIONS,
  },
  ({ beta, ...bounds }, learningRate?: ScalarOrSchedule) => {
    const decayAt = ({ count: steps }: Numbers): number => (steps === 0 ? 0 : beta);
    return kernels<MomoState>({
      name: "momo",
      type: "MomoState",
      state: { expAvg: slot(), ...lossModel(bounds) },
      steps: [
        { reduce: "param_dot", scope: "tree", as: "gradDot" },
        { map: "momo_average", scalars: { beta: decayAt, oneMinusBeta: (state) => 1 - decayAt(state) } },
        { reduce: "squared_norm", scope: "tree", as: "squaredNorm" },
        { reduce: "param_dot", scope: "tree", as: "iprod" },
        ...polyakSteps("momo", learningRate as ScalarOrSchedule, bounds, { decay: decayAt, bias: () => 1 }),
      ],
    });
  },
);
