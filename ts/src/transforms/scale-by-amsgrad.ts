import { define } from "../define.ts";
import { count, kernels, slot } from "../kernels/kernels.ts";
import { dtype, flag, maybe } from "../options.ts";
import type { ParamsLike } from "../plan/transformation.ts";
import { MOMENT_OPTIONS, momentScalars } from "./moments.ts";

/** Steps so far, the moving averages of gradients and of their squares, and the largest of the latter. */
export interface ScaleByAmsgradState {
  readonly count: number;
  readonly mu: ParamsLike;
  readonly nu: ParamsLike;
  readonly nuMax: ParamsLike;
}

/** The options of `scaleByAmsgrad` and `amsgrad`. */
export const AMSGRAD_OPTIONS = {
  ...MOMENT_OPTIONS,
  /** Storage of the first moment, by default that of the parameters. */
  muDtype: maybe(dtype),
  /** Whether the first moment is divided by 1-b1^t. */
  biasCorrectionMu: flag(true),
  /** Whether the second moment is divided by 1-b2^t before the maximum is taken. */
  biasCorrectionNu: flag(true),
};

/**
 * Scales updates by running moments, as AMSGrad does: the second one never falls.
 *
 * m = b1*m + (1-b1)*u; v = b2*v + (1-b2)*u²; w = max(w, v/(1-b2^t)); the result is (m/(1-b1^t)) / (sqrt(w + epsRoot) + eps).
 * The maximum is over the corrected moment; without `biasCorrectionNu` it is over v, as in the paper.
 *
 * @example
 * const tx = gl.chain(gl.scaleByAmsgrad({ b2: 0.99 }), gl.scale(-1e-3));
 * @see Reddi et al. 2018, https://openreview.net/forum?id=ryQu7f-RZ
 */
export const scaleByAmsgrad = define(
  "scaleByAmsgrad",
  {},
  AMSGRAD_OPTIONS,
  ({ muDtype, biasCorrectionMu, biasCorrectionNu, ...rates }) =>
    kernels<ScaleByAmsgradState>({
      name: "scaleByAmsgrad",
      type: "ScaleByAmsgradState",
      state: { count: count(), mu: slot({ dtype: muDtype }), nu: slot(), nuMax: slot() },
      steps: [
        {
          map: "scale_by_amsgrad",
          scalars: {
            ...momentScalars(rates),
            ...(!biasCorrectionMu && { c1: 1 }),
            ...(!biasCorrectionNu && { c2: 1 }),
          },
        },
      ],
    }),
);
