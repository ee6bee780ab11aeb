import { define } from "../define.ts";
import { count, kernels, slot } from "../kernels/kernels.ts";
import { real } from "../options.ts";
import { debias, MOMENT_OPTIONS } from "./moments.ts";
import type { ScaleByAdamState } from "./scale-by-adam.ts";

/** The options of `scaleByAdamax` and `adamax`. */
export const ADAMAX_OPTIONS = {
  b1: MOMENT_OPTIONS.b1,
  b2: MOMENT_OPTIONS.b2,
  /** Added to the magnitude of each gradient; at least 0. At 0 a gradient that has always been 0 gives NaN. */
  eps: real(1e-8, { min: 0 }),
};

/**
 * Scales updates by a running mean and a running maximum, as AdaMax does.
 *
 * m = b1*m + (1-b1)*u; v = max(|u| + eps, b2*v); the result is (m/(1-b1^t)) / v.
 *
 * @example
 * const tx = gl.chain(gl.scaleByAdamax(), gl.scale(-2e-3));
 * @see Kingma & Ba 2014, https://arxiv.org/abs/1412.6980
 */
export const scaleByAdamax = define("scaleByAdamax", {}, ADAMAX_OPTIONS, ({ b1, b2, eps }) =>
  kernels<ScaleByAdamState>({
    name: "scaleByAdamax",
    type: "ScaleByAdamState",
    state: { count: count(), mu: slot(), nu: slot() },
    steps: [{ map: "scale_by_adamax", scalars: { b1, oneMinusB1: 1 - b1, b2, c1: debias(b1), eps } }],
  }),
);
