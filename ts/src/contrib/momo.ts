import { decay } from "../options.ts";
import { define } from "../plan/define.ts";
import { extraNumber } from "../plan/extra-number.ts";
import type { Computation, Numbers } from "../plan/kernel-segment.ts";
import { count, host, kernels, slot } from "../plan/kernels.ts";
import type { ParamsLike } from "../plan/transformation.ts";
import type { ScalarOrSchedule } from "../types.ts";
import { assignEverywhere } from "./assign-everywhere.ts";
import { scheduleOr, valueAt } from "./learning-rate.ts";
import { BOUND_OPTIONS, polyakStep, shrinkOf } from "./polyak-step.ts";

/** The momentum, averages of the loss and of gradients times parameters, the lower bound, and steps so far. */
export interface MomoState {
  readonly expAvg: ParamsLike;
  readonly barf: number;
  readonly gamma: number;
  readonly lb: number;
  readonly count: number;
}

/**
 * Momentum with a step size from the loss: as long as the loss is far above its bound the learning rate, then less.
 *
 * m, f and γ are averages of g, of the loss and of g·p, each the first value at first and then moving with `beta`. With
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
    /** Decay of the averages, in [0, 1). */
    beta: decay(0.9),
    ...BOUND_OPTIONS,
  },
  ({ beta, ...bounds }, learningRate?: ScalarOrSchedule) => {
    const rate = (steps: number): number => valueAt(learningRate as ScalarOrSchedule, steps);
    const decayAt = ({ count: steps }: Numbers): number => (steps === 0 ? 0 : beta);
    const measure = (state: MomoState & Numbers, on: Computation) => {
      const bt = decayAt(state);
      const barf = bt * state.barf + (1 - bt) * extraNumber("momo", on.extra, "value");
      const gamma = bt * state.gamma + (1 - bt) * on.reduced("gradDot");
      const model = {
        alpha: rate(state.count),
        bias: 1,
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
    return kernels<MomoState>({
      name: "momo",
      params: true,
      state: { expAvg: slot(), barf: host(0), gamma: host(0), lb: host(bounds.lowerBound), count: count() },
      steps: [
        { reduce: "param_dot", scope: "tree", as: "gradDot" },
        { map: "momo_average", scalars: { beta: decayAt, oneMinusBeta: (state) => 1 - decayAt(state) } },
        { reduce: "squared_norm", scope: "tree", as: "squaredNorm" },
        { reduce: "param_dot", scope: "tree", as: "iprod" },
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
