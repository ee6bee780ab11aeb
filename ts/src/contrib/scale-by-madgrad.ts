import { define } from "../define.ts";
import { count, kernels, slot } from "../kernels/kernels.ts";
import { decay, real, scalarOrSchedule } from "../options.ts";
import type { ParamsLike } from "../plan/transformation.ts";
import type { ScalarOrSchedule } from "../types.ts";

/** Steps so far, the weighted sums of squared gradients and of gradients, and the first parameters. */
export interface MadgradState {
  readonly count: number;
  readonly gradSumSq: ParamsLike;
  readonly s: ParamsLike;
  readonly x0: ParamsLike;
}

/** The options of `scaleByMadgrad` and `madgrad`. */
export const MADGRAD_OPTIONS = {
  /** Share of the old parameters in the new ones, in [0, 1]. */
  momentum: decay(0.9),
  /** Added to the learning rate and to the cube root; at least 0. */
  eps: real(1e-6, { min: 0 }),
};

/**
 * Turns gradients into the steps of MADGRAD, the learning rate included.
 *
 * λ = (learningRate + eps) * sqrt(t); q += λ*g²; s += λ*g; z = p0 - s/(cbrt(q) + eps); the result leads to
 * (1-momentum)*z + momentum*p.
 *
 * @param learningRate - a number, or a schedule of the step
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.chain(gl.clipByGlobalNorm(1), gl.contrib.scaleByMadgrad(1e-2));
 * @see Defazio & Jelassi 2021, https://arxiv.org/abs/2101.11075
 */
export const scaleByMadgrad = define(
  "scaleByMadgrad",
  { learningRate: scalarOrSchedule(0) },
  MADGRAD_OPTIONS,
  ({ momentum, eps }, learningRate: ScalarOrSchedule) =>
    kernels<MadgradState>({
      name: "scaleByMadgrad",
      type: "MadgradState",
      state: { count: count(), gradSumSq: slot(), s: slot(), x0: slot({ initial: "params" }) },
      steps: [
        {
          map: "scale_by_madgrad",
          scalars: {
            lamb: ({ count: steps }, _, schedules) =>
              (schedules.at(learningRate, steps as number) + eps) * Math.sqrt((steps as number) + 1),
            momentum,
            oneMinusMomentum: 1 - momentum,
            eps,
          },
        },
      ],
    }),
);
