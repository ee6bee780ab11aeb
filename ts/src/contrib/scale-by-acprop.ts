import { define } from "../define.ts";
import { count, kernels, slot } from "../kernels/kernels.ts";
import { real } from "../options.ts";
import type { ParamsLike } from "../plan/transformation.ts";
import { wholePower } from "../portable/whole-power.ts";
import { MOMENT_OPTIONS } from "../transforms/moments.ts";

/** Steps so far, the moving average of gradients, and that of their squared distance from it. */
export interface ScaleByAcpropState {
  readonly count: number;
  readonly mu: ParamsLike;
  readonly nu: ParamsLike;
}

/** The options of `scaleByAcprop` and `acprop`. */
export const ACPROP_OPTIONS = {
  ...MOMENT_OPTIONS,
  /** Added outside the root; at least 0. */
  eps: real(1e-16, { min: 0 }),
  /** Added to the second moment at every step; at least 0. */
  epsRoot: real(1e-16, { min: 0 }),
};

/**
 * Scales updates by the second central moment before this step, as ACProp does.
 *
 * The result is u / (sqrt(v/(1-b2^(t-1))) + eps), in the first step u / (1 + eps); then
 * v = b2*v + (1-b2)*(u-m)² + epsRoot and m = b1*m + (1-b1)*u.
 *
 * @example
 * const tx = gl.chain(gl.contrib.scaleByAcprop({ b2: 0.99 }), gl.scale(-1e-3));
 * @see Zhuang et al. 2021, https://arxiv.org/abs/2110.05454
 */
export const scaleByAcprop = define("scaleByAcprop", {}, ACPROP_OPTIONS, ({ b1, b2, eps, epsRoot }) =>
  kernels<ScaleByAcpropState>({
    name: "scaleByAcprop",
    type: "ScaleByBeliefState",
    state: { count: count(), mu: slot(), nu: slot() },
    steps: [
      {
        map: "scale_by_acprop",
        scalars: {
          b1,
          oneMinusB1: 1 - b1,
          b2,
          oneMinusB2: 1 - b2,
          c2: ({ count: steps }) =>
            steps === 0 ? 0 : Math.min(1 / (1 - wholePower(b2, steps as number)), Number.MAX_VALUE),
          eps,
          epsRoot,
        },
      },
    ],
  }),
);
