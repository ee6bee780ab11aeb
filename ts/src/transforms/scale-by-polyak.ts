import { define } from "../define.ts";
import { extraNumber } from "../kernels/extra-number.ts";
import { kernels } from "../kernels/kernels.ts";
import { oneOf, real } from "../options.ts";
import type { EmptyState } from "../plan/transformation.ts";

/** The options of `scaleByPolyak` and `polyakSgd`. */
export const POLYAK_OPTIONS = {
  /** The least value that the objective can have. */
  fMin: real(0),
  /** The largest step; greater than 0, and Infinity for none. */
  maxLearningRate: real(1, { above: 0, infinite: true }),
  /** Added to the squared norm; at least 0. */
  eps: real(0, { min: 0 }),
  /** With "sps+", a value below `fMin` counts as `fMin`. */
  variant: oneOf(["sps", "sps+"], "sps"),
};

/**
 * Scales updates by Polyak's step: min((value - fMin) / (n² + eps), maxLearningRate) * u, with n the norm of all updates; 0 where
 * n² + eps <= 2^-52.
 *
 * Each update needs the value of the objective as the extra argument `value`.
 *
 * @throws GradloomError `EXTRA_ARGUMENT_REQUIRED` in `update` without `value`
 * @example
 * const tx = gl.scaleByPolyak();
 * const grads = { w: new Float32Array([2]) };
 * console.log(tx.update(grads, tx.init(grads), grads, { value: 1 })[0].w[0]); // 0.5
 * @see Loizou et al. 2021, https://arxiv.org/abs/2002.10542
 */
export const scaleByPolyak = define(
  "scaleByPolyak",
  {},
  POLYAK_OPTIONS,
  ({ fMin, maxLearningRate, eps, variant }) =>
    kernels<EmptyState>({
      name: "scaleByPolyak",
      steps: [
        { reduce: "squared_norm", scope: "tree", as: "squaredNorm" },
        {
          map: "scale_by_polyak",
          scalars: {
            squaredNorm: { reduced: "squaredNorm" },
            gap: (_, extra) => {
              const gap = extraNumber("scaleByPolyak", extra, "value") - fMin;
              return variant === "sps+" ? Math.max(gap, 0) : gap;
            },
            eps,
            maxLearningRate,
          },
        },
      ],
    }),
);
