import { define } from "../define.ts";
import { count, kernels, slot } from "../kernels/kernels.ts";
import { dtype, flag, maybe } from "../options.ts";
import type { ParamsLike } from "../plan/transformation.ts";
import { MOMENT_OPTIONS, momentScalars, nesterovScalars } from "./moments.ts";

/** Steps so far, and the moving averages of gradients and of their squares. */
export interface ScaleByAdamState {
  readonly count: number;
  readonly mu: ParamsLike;
  readonly nu: ParamsLike;
}

/** The options of `scaleByAdam` and of the optimizers made from it. */
export const ADAM_OPTIONS = {
  ...MOMENT_OPTIONS,
  /** Storage of the first moment, by default that of the parameters. */
  muDtype: maybe(dtype),
  /** Nesterov's look-ahead, as in NAdam. */
  nesterov: flag(false),
};

/**
 * Scales updates by running moments, as Adam does.
 *
 * m = b1*m + (1-b1)*u; v = b2*v + (1-b2)*u²; the result is (m/(1-b1^t)) / (sqrt(v/(1-b2^t) + epsRoot) + eps). With `nesterov`
 * the first factor is b1*m/(1-b1^(t+1)) + (1-b1)*u/(1-b1^t).
 *
 * @example
 * const tx = gl.chain(gl.scaleByAdam({ b1: 0.8 }), gl.scale(-1e-3));
 * @see Kingma & Ba 2014, https://arxiv.org/abs/1412.6980; Dozat 2016, Incorporating Nesterov momentum into Adam
 */
export const scaleByAdam = define("scaleByAdam", {}, ADAM_OPTIONS, ({ muDtype, ...rates }) =>
  kernels<ScaleByAdamState>({
    name: "scaleByAdam",
    type: "ScaleByAdamState",
    state: { count: count(), mu: slot({ dtype: muDtype }), nu: slot() },
    steps: [
      rates.nesterov
        ? { map: "scale_by_adam_nesterov", scalars: nesterovScalars(rates) }
        : { map: "scale_by_adam", scalars: momentScalars(rates) },
    ],
  }),
);
