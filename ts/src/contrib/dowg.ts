import { define } from "../define.ts";
import type { NumericComputation } from "../kernels/computation.ts";
import { host, kernels, slot } from "../kernels/kernels.ts";
import { maybe, real } from "../options.ts";
import type { ParamsLike } from "../plan/transformation.ts";
import type { ScalarOrSchedule } from "../types.ts";
import { assignEverywhere } from "./assign-everywhere.ts";
import { scheduleOr } from "./learning-rate.ts";
import { OPTIONAL_DECAY, parameterFree } from "./parameter-free.ts";

/** The initial parameters, the sum of weighted squared gradients, and the greatest squared distance from the initial parameters. */
export interface DoWGState {
  readonly initParams: ParamsLike;
  readonly weightedSqNormGrads: number;
  readonly estimSqDist: number;
}

const scaleByDowg = (initEstimSqDist: number, eps: number) =>
  kernels<DoWGState>({
    name: "dowg",
    type: "DoWGState",
    state: {
      initParams: slot({ initial: "params" }),
      weightedSqNormGrads: host(0),
      estimSqDist: host(initEstimSqDist),
    },
    steps: [
      { reduce: "squared_norm", scope: "tree", as: "squaredNorm" },
      { reduce: "squared_distance", slots: { from: "initParams" }, scope: "tree", as: "squaredDistance" },
      {
        compute: (state: DoWGState, on: NumericComputation) => {
          const estimSqDist = Math.max(state.estimSqDist, on.reduced("squaredDistance"));
          const weightedSqNormGrads = estimSqDist * on.reduced("squaredNorm") + state.weightedSqNormGrads;
          assignEverywhere(on, "rate", estimSqDist / (Math.sqrt(weightedSqNormGrads) + eps));
          return { weightedSqNormGrads, estimSqDist };
        },
        assigns: ["rate"],
      },
      { map: "scale", slots: [], scalars: { stepSize: { reduced: "rate" } } },
    ],
  });

/**
 * DoWG: as DoG, with gradients weighted by the distance at which they were taken.
 *
 * r = max(r, norm(p - p0)²); v += r * norm(g)²; u = -learningRate * r / (sqrt(v) + eps) * g.
 *
 * @param learningRate - multiplies the steps, 1 by default; a number, or a schedule of the step
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.contrib.dowg(1, { initEstimSqDist: 1e-2 });
 * @see Khaled et al. 2023, https://arxiv.org/abs/2305.16284
 */
export const dowg = define(
  "dowg",
  { learningRate: scheduleOr(1) },
  {
    /** The squared distance before the first step, by default `eps`; at least 0. */
    initEstimSqDist: maybe(real(0, { min: 0 })),
    /** Added to the root; at least 0. */
    eps: real(1e-4, { min: 0 }),
    ...OPTIONAL_DECAY,
  },
  ({ initEstimSqDist, eps, ...decay }, learningRate?: ScalarOrSchedule) =>
    parameterFree(scaleByDowg(initEstimSqDist ?? eps, eps), learningRate as ScalarOrSchedule, decay),
);
