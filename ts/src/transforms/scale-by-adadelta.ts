import { define } from "../define.ts";
import { kernels, slot } from "../kernels/kernels.ts";
import { decay, real } from "../options.ts";
import type { ParamsLike } from "../plan/transformation.ts";

/** The moving averages of squared gradients and of squared updates. */
export interface ScaleByAdaDeltaState {
  readonly eG: ParamsLike;
  readonly eX: ParamsLike;
}

/** The options of `scaleByAdadelta`. */
export const ADADELTA_OPTIONS = {
  /** Decay of both averages, in [0, 1]. */
  rho: decay(0.9),
  /** Added inside both roots; at least 0. */
  eps: real(1e-6, { min: 0 }),
};

/**
 * Scales updates by the ratio of past updates to past gradients, as Adadelta does.
 *
 * g = rho*g + (1-rho)*u²; the result is d = sqrt(x + eps) / sqrt(g + eps) * u; then x = rho*x + (1-rho)*d².
 *
 * @example
 * const tx = gl.chain(gl.scaleByAdadelta({ rho: 0.95 }), gl.scale(-1));
 * @see Zeiler 2012, https://arxiv.org/abs/1212.5701
 */
export const scaleByAdadelta = define("scaleByAdadelta", {}, ADADELTA_OPTIONS, ({ rho, eps }) =>
  kernels<ScaleByAdaDeltaState>({
    name: "scaleByAdadelta",
    type: "ScaleByAdaDeltaState",
    state: { eG: slot(), eX: slot() },
    steps: [{ map: "scale_by_adadelta", scalars: { rho, oneMinusRho: 1 - rho, eps } }],
  }),
);
