import { define } from "../define.ts";
import type { Findings } from "../kernels/computation.ts";
import type { Numbers, Schedules } from "../kernels/kernel-step.ts";
import { count, host, kernels, slot } from "../kernels/kernels.ts";
import type { ParamsLike } from "../plan/transformation.ts";
import type { ScalarOrSchedule } from "../types.ts";
import { biasCorrection, ESTIMATE_OPTIONS, raised } from "./estimated-lr.ts";
import { scheduleOr } from "./learning-rate.ts";

/** Averages of gradients times learning rate, of squares, and of the weighted gradients; the estimate; steps so far. */
export interface DAdaptAdamWState {
  readonly expAvg: ParamsLike;
  readonly expAvgSq: ParamsLike;
  readonly gradSum: ParamsLike;
  readonly estimLr: number;
  readonly numeratorWeighted: number;
  readonly count: number;
}

/**
 * AdamW that estimates its learning rate from how far the gradients agree: D-Adaptation.
 *
 * With r = sqrt(b2) and λ = estimLr * learningRate * sqrt(1-b2^t)/(1-b1^t):
 * n = r*n + (1-r)*λ*sum(g*s/(sqrt(v) + eps)); m = b1*m + (1-b1)*λ*g; v = b2*v + (1-b2)*g²; s = r*s + (1-r)*λ*g;
 * estimLr = max(estimLr, n/((1-r)*sum|s|)); u = -weightDecay*λ*p - m/(sqrt(v) + eps). As long as all gradients are zero the
 * estimate stays, where Optax turns it to NaN for ever.
 *
 * @param learningRate - multiplies the estimate, 1 by default; a number, or a schedule of the step
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.contrib.dadaptAdamw();
 * @see Defazio & Mishchenko 2023, https://arxiv.org/abs/2301.07733
 */
export const dadaptAdamw = define(
  "dadaptAdamw",
  { learningRate: scheduleOr(1) },
  ESTIMATE_OPTIONS,
  ({ betas, eps, estimLr0, weightDecay }, learningRate?: ScalarOrSchedule) => {
    const [beta1, beta2] = betas;
    const sb2 = Math.sqrt(beta2);
    const rate = ({ estimLr, count: steps }: DAdaptAdamWState, schedules: Schedules): number =>
      estimLr * schedules.at(learningRate as ScalarOrSchedule, steps) * biasCorrection(betas, steps);
    const share =
      (factor: number) =>
      (state: Numbers, _: unknown, schedules: Schedules): number =>
        factor * rate(state as unknown as DAdaptAdamWState, schedules);
    const estimate = (state: DAdaptAdamWState, _: unknown, found: Findings) => {
      const gain = (1 - sb2) * rate(state, found) * found.reduced("numerator");
      const numeratorWeighted = sb2 * state.numeratorWeighted + gain;
      const estimLr = raised(state.estimLr, numeratorWeighted, (1 - sb2) * found.reduced("gradSumL1"));
      return { numeratorWeighted, estimLr };
    };
    return kernels<DAdaptAdamWState>({
      name: "dadaptAdamw",
      type: "DAdaptAdamWState",
      state: {
        expAvg: slot(),
        expAvgSq: slot(),
        gradSum: slot(),
        estimLr: host(estimLr0),
        numeratorWeighted: host(0),
        count: count(),
      },
      steps: [
        {
          reduce: "scaled_dot",
          slots: { x: "gradSum", squares: "expAvgSq" },
          scalars: { eps },
          scope: "tree",
          as: "numerator",
        },
        {
          map: "dadapt_adamw",
          scalars: {
            beta1,
            beta2,
            oneMinusBeta2: 1 - beta2,
            sb2,
            gain: share(1 - beta1),
            sumGain: share(1 - sb2),
            shrink: share(weightDecay),
            eps,
          },
        },
        { reduce: "abs_sum", slots: { x: "gradSum" }, scope: "tree", as: "gradSumL1" },
        { advance: estimate, readsResults: true },
      ],
    });
  },
);
