import { define } from "../define.ts";
import type { NumericComputation } from "../kernels/computation.ts";
import { count, kernels, perLeaf, slot } from "../kernels/kernels.ts";
import { decay, dtype, maybe, real } from "../options.ts";
import type { ParamsLike, PerLeaf } from "../plan/transformation.ts";

/** Steps so far, the momentum, and for each leaf the moving average of its squared norm. */
export interface ScaleByNovogradState {
  readonly count: number;
  readonly mu: ParamsLike;
  readonly nu: PerLeaf<number>;
}

/** The options that `scaleByNovograd` and `novograd` share. */
export const NOVOGRAD_OPTIONS = {
  /** Decay of the momentum, in [0, 1]. */
  b1: decay(0.9),
  /** Decay of the second moment, in [0, 1]. */
  b2: decay(0.25),
  /** Added inside the root; at least 0. */
  epsRoot: real(0, { min: 0 }),
};

/**
 * Momentum of updates that are divided by a running norm of their leaf, as NovoGrad does.
 *
 * Per leaf: v = b2*v + (1-b2)*norm(u)², and norm(u)² in the first step; m = b1*m + u / (sqrt(v + epsRoot) + eps) + weightDecay*p; the
 * result is m.
 *
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.scaleByNovograd();
 * const params = { w: new Float32Array([1, 1]) };
 * const [updates, state] = tx.update({ w: new Float32Array([3, 4]) }, tx.init(params), params);
 * console.log(state.nu.w, updates.w[0].toFixed(1)); // 25 0.6
 * @see Ginsburg et al. 2019, https://arxiv.org/abs/1905.11286
 */
export const scaleByNovograd = define(
  "scaleByNovograd",
  {},
  {
    ...NOVOGRAD_OPTIONS,
    /** Added outside the root; at least 0. */
    eps: real(1e-8, { min: 0 }),
    /** The multiple of the parameters that is added to the momentum. */
    weightDecay: real(0),
    /** Storage of the momentum, by default that of the parameters. */
    muDtype: maybe(dtype),
  },
  ({ b1, b2, eps, epsRoot, weightDecay, muDtype }) =>
    kernels<ScaleByNovogradState>({
      name: "scaleByNovograd",
      type: "ScaleByNovogradState",
      state: { count: count(), mu: slot({ dtype: muDtype }), nu: perLeaf(0) },
      steps: [
        { reduce: "squared_norm", scope: "leaf", as: "squaredNorm" },
        {
          compute: (state: ScaleByNovogradState, on: NumericComputation) => ({
            nu: on.perLeaf("nu", (past: number, leaf) => {
              const now = on.reduced("squaredNorm", leaf);
              const nu = state.count === 0 ? now : (1 - b2) * now + b2 * past;
              on.assign("nu", leaf, nu);
              return nu;
            }),
          }),
          assigns: ["nu"],
        },
        { map: "scale_by_novograd", scalars: { nu: { reduced: "nu" }, b1, eps, epsRoot, weightDecay } },
      ],
    }),
);
