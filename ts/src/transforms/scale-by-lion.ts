import { define } from "../define.ts";
import { count, kernels, slot } from "../kernels/kernels.ts";
import { decay, dtype, maybe, oneOf, real } from "../options.ts";
import type { ParamsLike } from "../plan/transformation.ts";

/** Steps so far, and the moving average of gradients. */
export interface ScaleByLionState {
  readonly count: number;
  readonly mu: ParamsLike;
}

/** The options of `scaleByLion` and of the optimizers made from it. */
export const LION_OPTIONS = {
  /** Share of the momentum in the update, in [0, 1]. */
  b1: decay(0.9),
  /** Decay of the momentum, in [0, 1]. */
  b2: decay(0.99),
  /** Storage of the momentum, by default that of the parameters. */
  muDtype: maybe(dtype),
};

/**
 * Gives the sign of a mixture of gradient and momentum, as Lion does.
 *
 * x = b1*m + (1-b1)*u; then m = b2*m + (1-b2)*u. The result is sign(x); with mode "smooth" tanh(smoothBeta * x); with mode
 * "refined" x where |x| < 1 and sign(x) elsewhere.
 *
 * @example
 * const tx = gl.chain(gl.scaleByLion({ mode: "smooth", smoothBeta: 10 }), gl.scale(-1e-4));
 * @see Chen et al. 2023, https://arxiv.org/abs/2302.06675
 */
export const scaleByLion = define(
  "scaleByLion",
  {},
  {
    ...LION_OPTIONS,
    /** The function that is applied to the mixture. */
    mode: oneOf(["hard", "smooth", "refined"], "hard"),
    /** Steepness of the mode "smooth". */
    smoothBeta: real(1),
  },
  ({ b1, b2, muDtype, mode, smoothBeta }) => {
    const scalars = { b1, oneMinusB1: 1 - b1, b2, oneMinusB2: 1 - b2 };
    return kernels<ScaleByLionState>({
      name: "scaleByLion",
      type: "ScaleByLionState",
      state: { count: count(), mu: slot({ dtype: muDtype }) },
      steps: [
        mode === "smooth"
          ? { map: "scale_by_lion_smooth", scalars: { ...scalars, smoothBeta } }
          : { map: mode === "hard" ? "scale_by_lion" : "scale_by_lion_refined", scalars },
      ],
    });
  },
);
