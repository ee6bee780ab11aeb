import { define } from "../define.ts";
import { kernels } from "../kernels/kernels.ts";
import { real } from "../options.ts";
import type { EmptyState } from "../plan/transformation.ts";

/** The state of `scaleByTrustRatio`. */
export type ScaleByTrustRatioState = EmptyState;

/** The options that `scaleByTrustRatio` and `lars` share. */
export const TRUST_OPTIONS = {
  /** Multiplies the ratio; greater than 0. */
  trustCoefficient: real(1, { above: 0 }),
  /** Added to the norm of the update; at least 0. */
  eps: real(0, { min: 0 }),
};

/**
 * Scales each leaf's update to the size of its parameters, as LARS and LAMB do.
 *
 * Per leaf: u * trustCoefficient * n(p) / (n(u) + eps), with n(x) = max(norm(x), minNorm); u itself where n(p) or n(u) is 0.
 *
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.scaleByTrustRatio();
 * const params = { w: new Float32Array([6, 8]) };
 * console.log(tx.update({ w: new Float32Array([3, 4]) }, tx.init(params), params)[0].w); // Float32Array(2) [ 6, 8 ]
 * @see You et al. 2017, https://arxiv.org/abs/1708.03888; You et al. 2019, https://arxiv.org/abs/1904.00962
 */
export const scaleByTrustRatio = define(
  "scaleByTrustRatio",
  {},
  {
    /** The least value of both norms; at least 0. */
    minNorm: real(0, { min: 0 }),
    ...TRUST_OPTIONS,
  },
  ({ minNorm, trustCoefficient, eps }) =>
    kernels<ScaleByTrustRatioState>({
      name: "scaleByTrustRatio",
      steps: [
        { reduce: "param_norm", scope: "leaf", as: "paramNorm" },
        { reduce: "norm", scope: "leaf", as: "updateNorm" },
        {
          map: "scale_by_trust_ratio",
          scalars: {
            paramNorm: { reduced: "paramNorm" },
            updateNorm: { reduced: "updateNorm" },
            minNorm,
            trustCoefficient,
            eps,
          },
        },
      ],
    }),
);
