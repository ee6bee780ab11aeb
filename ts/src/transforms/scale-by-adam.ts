import { decay, dtype, flag, maybe, real } from "../options.ts";
import { define } from "../plan/define.ts";
import { count, kernels, slot } from "../plan/kernels.ts";
import type { ParamsLike } from "../plan/transformation.ts";

/** Steps so far, and the moving averages of gradients and of their squares. */
export interface ScaleByAdamState {
  readonly count: number;
  readonly mu: ParamsLike;
  readonly nu: ParamsLike;
}

/** The options of `scaleByAdam` and of the optimizers made from it. */
export const ADAM_OPTIONS = {
  /** Decay of the first moment, in [0, 1). */
  b1: decay(0.9),
  /** Decay of the second moment, in [0, 1). */
  b2: decay(0.999),
  /** Added outside the root; at least 0. */
  eps: real(1e-8, { min: 0 }),
  /** Added inside the root; at least 0. */
  epsRoot: real(0, { min: 0 }),
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
export const scaleByAdam = define(
  "scaleByAdam",
  {},
  ADAM_OPTIONS,
  ({ b1, b2, eps, epsRoot, muDtype, nesterov }) => {
    const correction = (rate: number, ahead: number) => (state: Readonly<Record<string, number>>) =>
      1 / (1 - rate ** ((state.count as number) + ahead));
    return kernels<ScaleByAdamState>({
      name: "scaleByAdam",
      state: { count: count(), mu: slot({ dtype: muDtype }), nu: slot() },
      steps: [
        {
          map: nesterov ? "scale_by_adam_nesterov" : "scale_by_adam",
          scalars: {
            b1,
            oneMinusB1: 1 - b1,
            b2,
            oneMinusB2: 1 - b2,
            c1: correction(b1, 1),
            c2: correction(b2, 1),
            ...(nesterov && { c1Next: correction(b1, 2) }),
            eps,
            epsRoot,
          },
        },
      ],
    });
  },
);
