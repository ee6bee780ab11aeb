import { define } from "../define.ts";
import { count, kernels, slot } from "../kernels/kernels.ts";
import { dtype, maybe, scalarOrSchedule } from "../options.ts";
import type { ParamsLike } from "../plan/transformation.ts";
import { debias, MOMENT_OPTIONS } from "../transforms/moments.ts";

/** Steps so far, those of the slow average, and the moving averages: fast, slow, and of squares. */
export interface ScaleByAdemamixState {
  readonly count: number;
  readonly countM2: number;
  readonly m1: ParamsLike;
  readonly m2: ParamsLike;
  readonly nu: ParamsLike;
}

/** The options of `scaleByAdemamix` and `ademamix`. */
export const ADEMAMIX_OPTIONS = {
  ...MOMENT_OPTIONS,
  /** Decay of the slow average, in [0, 1]; a number, or a schedule of the step. */
  b3: scalarOrSchedule(0.9999, { min: 0, max: 1 }),
  /** Weight of the slow average; a number, or a schedule of the step. */
  alpha: scalarOrSchedule(6),
  /** Storage of all three averages, by default that of the parameters. */
  muDtype: maybe(dtype),
};

/**
 * Scales updates by moments with a second, slow average, as AdEMAMix does.
 *
 * m1 = b1*m1 + (1-b1)*u; m2 = b3*m2 + (1-b3)*u; v = b2*v + (1-b2)*u²; the result is
 * (m1/(1-b1^t) + alpha*m2) / (sqrt(v/(1-b2^t) + epsRoot) + eps). Optax ignores `muDtype` after the first step; here the storage stays the same.
 *
 * @example
 * const tx = gl.chain(gl.contrib.scaleByAdemamix({ b3: 0.999 }), gl.scale(-1e-3));
 * @see Pagliardini et al. 2024, https://arxiv.org/abs/2409.03137
 */
export const scaleByAdemamix = define(
  "scaleByAdemamix",
  {},
  ADEMAMIX_OPTIONS,
  ({ b1, b2, b3, alpha, eps, epsRoot, muDtype }) => {
    const average = slot({ dtype: muDtype });
    return kernels<ScaleByAdemamixState>({
      name: "scaleByAdemamix",
      type: "ScaleByAdemamixState",
      state: { count: count(), countM2: count(), m1: average, m2: average, nu: average },
      steps: [
        {
          map: "scale_by_ademamix",
          scalars: {
            b1,
            oneMinusB1: 1 - b1,
            b2,
            oneMinusB2: 1 - b2,
            b3: ({ countM2 }, _, schedules) => schedules.at(b3, countM2 as number),
            oneMinusB3: ({ countM2 }, _, schedules) => 1 - schedules.at(b3, countM2 as number),
            alpha: ({ countM2 }, _, schedules) => schedules.at(alpha, countM2 as number),
            c1: debias(b1),
            c2: debias(b2),
            eps,
            epsRoot,
          },
        },
      ],
    });
  },
);
