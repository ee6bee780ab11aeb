import { define } from "../define.ts";
import { count, kernels, slot } from "../kernels/kernels.ts";
import { decay, scalarOrSchedule } from "../options.ts";
import type { ParamsLike } from "../plan/transformation.ts";
import { debias, MOMENT_OPTIONS } from "../transforms/moments.ts";

/** Steps so far, the decaying sum of gradients, and the moving average of their squares. */
export interface ScaleBySimplifiedAdEMAMixState {
  readonly t: number;
  readonly m: ParamsLike;
  readonly n: ParamsLike;
}

/** The options of `scaleBySimplifiedAdemamix` and `simplifiedAdemamix`. */
export const SIMPLIFIED_ADEMAMIX_OPTIONS = {
  ...MOMENT_OPTIONS,
  /** Decay of the sum, in [0, 1]. */
  b1: decay(0.99),
  /** Decay of the second moment, in [0, 1]. */
  b2: decay(0.95),
  /** Weight of the current gradient; a number, or a schedule of the step. */
  alpha: scalarOrSchedule(0),
};

/**
 * Scales updates by moments with extra weight on the current gradient, as Simplified AdEMAMix does.
 *
 * m = b1*m + u; n = b2*n + (1-b2)*u²; the result is (m + alpha*u) / (sqrt(n/(1-b2^t) + epsRoot) + eps).
 *
 * @example
 * const tx = gl.chain(gl.contrib.scaleBySimplifiedAdemamix({ alpha: 100 }), gl.scale(-1e-5));
 * @see Morwani et al. 2025, https://arxiv.org/abs/2502.02431
 */
export const scaleBySimplifiedAdemamix = define(
  "scaleBySimplifiedAdemamix",
  {},
  SIMPLIFIED_ADEMAMIX_OPTIONS,
  ({ b1, b2, alpha, eps, epsRoot }) =>
    kernels<ScaleBySimplifiedAdEMAMixState>({
      name: "scaleBySimplifiedAdemamix",
      type: "ScaleBySimplifiedAdEMAMixState",
      state: { t: count(), m: slot(), n: slot() },
      steps: [
        {
          map: "scale_by_simplified_ademamix",
          scalars: {
            b1,
            b2,
            alpha: ({ t }, _, schedules) => schedules.at(alpha, t as number),
            c2: debias(b2, 0, "t"),
            eps,
            epsRoot,
          },
        },
      ],
    }),
);
