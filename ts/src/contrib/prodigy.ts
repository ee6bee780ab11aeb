import { define } from "../define.ts";
import type { NumericComputation } from "../kernels/computation.ts";
import type { Numbers, Schedules } from "../kernels/kernel-step.ts";
import { count, host, kernels, slot } from "../kernels/kernels.ts";
import { decay, flag, maybe, real } from "../options.ts";
import type { ParamsLike } from "../plan/transformation.ts";
import type { ScalarOrSchedule } from "../types.ts";
import { assignEverywhere } from "./assign-everywhere.ts";
import { biasCorrection, ESTIMATE_OPTIONS, raised } from "./estimated-lr.ts";
import { scheduleOr } from "./learning-rate.ts";

/** Averages of gradients times the estimate, of squares, and of weighted gradients; the first parameters; the estimate. */
export interface ProdigyState {
  readonly expAvg: ParamsLike;
  readonly expAvgSq: ParamsLike;
  readonly gradSum: ParamsLike;
  readonly params0: ParamsLike;
  readonly estimLr: number;
  readonly numeratorWeighted: number;
  readonly count: number;
}

/**
 * AdamW that estimates its learning rate from the distance it has covered, faster than D-Adaptation.
 *
 * With d = estimLr, λ = d * learningRate * sqrt(1-b2^t)/(1-b1^t): m = b1*m + (1-b1)*d*g; v = b2*v + (1-b2)*(d*g)²;
 * s = beta3*s + λ*d*g/estimLr0; n = beta3*n + d/estimLr0*λ*sum(g*(p0 - p)); estimLr = max(d, estimLrCoef*n/sum|s|);
 * u = -weightDecay*λ*p - λ*m/(sqrt(v) + estimLr*eps). As long as all gradients are zero the estimate stays, where Optax turns it
 * to NaN for ever.
 *
 * @param learningRate - multiplies the estimate, 1 by default; a number, or a schedule of the step
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.contrib.prodigy(gl.cosineDecaySchedule(1, 10_000), { safeguardWarmup: true });
 * @see Mishchenko & Defazio 2023, https://arxiv.org/abs/2306.06101
 */
export const prodigy = define(
  "prodigy",
  { learningRate: scheduleOr(1) },
  {
    ...ESTIMATE_OPTIONS,
    /** Decay of the sums that the estimate is made from, in [0, 1]; by default the root of the second of `betas`. */
    beta3: maybe(decay(0)),
    /** Multiplies new estimates; greater than 0. */
    estimLrCoef: real(1, { above: 0 }),
    /** Keeps the schedule out of the denominator of the estimate, which makes warm-up safe. */
    safeguardWarmup: flag(false),
  },
  (options, learningRate?: ScalarOrSchedule) => {
    const { betas, eps, estimLr0, weightDecay, estimLrCoef, safeguardWarmup } = options;
    const [beta1, beta2] = betas;
    const beta3 = options.beta3 ?? Math.sqrt(beta2);
    const rate = ({ estimLr, count: steps }: Numbers, schedules: Schedules): number =>
      (estimLr as number) *
      schedules.at(learningRate as ScalarOrSchedule, steps as number) *
      biasCorrection(betas, steps as number);
    const estimate = (state: ProdigyState & Numbers, on: NumericComputation) => {
      const stepSize = rate(state, on);
      const gain = (state.estimLr / estimLr0) * stepSize * on.reduced("numerator");
      const numeratorWeighted = beta3 * state.numeratorWeighted + gain;
      const estimLr = raised(state.estimLr, estimLrCoef * numeratorWeighted, on.reduced("gradSumL1"));
      assignEverywhere(on, "stepSize", stepSize);
      return { numeratorWeighted, estimLr };
    };
    return kernels<ProdigyState>({
      name: "prodigy",
      type: "ProdigyState",
      state: {
        expAvg: slot(),
        expAvgSq: slot(),
        gradSum: slot(),
        params0: slot({ initial: "params" }),
        estimLr: host(estimLr0),
        numeratorWeighted: host(0),
        count: count(),
      },
      steps: [
        { reduce: "dot_difference", slots: { from: "params0" }, scope: "tree", as: "numerator" },
        {
          map: "prodigy_averages",
          slots: ["expAvg", "expAvgSq", "gradSum"],
          scalars: {
            beta1,
            oneMinusBeta1: 1 - beta1,
            beta2,
            oneMinusBeta2: 1 - beta2,
            beta3,
            estimLr: (state) => state.estimLr as number,
            sumGain: (state, _, schedules) =>
              (safeguardWarmup ? (state.estimLr as number) : rate(state, schedules)) / estimLr0,
          },
        },
        { reduce: "abs_sum", slots: { x: "gradSum" }, scope: "tree", as: "gradSumL1" },
        { compute: estimate, assigns: ["stepSize"] },
        {
          map: "prodigy",
          slots: ["expAvg", "expAvgSq"],
          scalars: {
            stepSize: { reduced: "stepSize" },
            weightDecay,
            eps: (state) => (state.estimLr as number) * eps,
          },
        },
      ],
    });
  },
);
