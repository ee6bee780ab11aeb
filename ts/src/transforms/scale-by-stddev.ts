import { define } from "../define.ts";
import { count, kernels, slot } from "../kernels/kernels.ts";
import type { ParamsLike } from "../plan/transformation.ts";
import { debias } from "./moments.ts";
import { RMS_OPTIONS } from "./scale-by-rms.ts";

/** The moving averages of gradients and of their squares. */
export interface ScaleByRStdDevState {
  readonly mu: ParamsLike;
  readonly nu: ParamsLike;
}

/** The moving averages of gradients and of their squares, and the number of steps, which the bias correction needs. */
export interface ScaleByRStdDevWithCountState extends ScaleByRStdDevState {
  readonly count: number;
}

/**
 * Divides updates by their running standard deviation, as centred RMSProp does.
 *
 * m = decay*m + (1-decay)*u; v = decay*v + (1-decay)*u²; the result is u / sqrt(v - m² + eps), or u / (sqrt(v - m²) + eps) without
 * `epsInSqrt`. With `biasCorrection` m/(1-decay^t) and v/(1-decay^t) stand for m and v. Where rounding makes v - m² negative it is
 * taken as 0, so that the result is never NaN.
 *
 * @example
 * const tx = gl.chain(gl.scaleByStddev({ decay: 0.99, eps: 1e-4 }), gl.scale(-1e-3));
 * @see Graves 2013, https://arxiv.org/abs/1308.0850
 */
export const scaleByStddev = define(
  "scaleByStddev",
  {},
  RMS_OPTIONS,
  ({ decay, eps, initialScale, epsInSqrt, biasCorrection }) =>
    kernels<ScaleByRStdDevState | ScaleByRStdDevWithCountState>({
      name: "scaleByStddev",
      type: biasCorrection ? "ScaleByRStdDevWithCountState" : "ScaleByRStdDevState",
      state: { ...(biasCorrection && { count: count() }), mu: slot(), nu: slot({ initial: initialScale }) },
      steps: [
        {
          map: epsInSqrt ? "scale_by_stddev" : "scale_by_stddev_eps_outside",
          scalars: { decay, oneMinusDecay: 1 - decay, eps, c: biasCorrection ? debias(decay) : 1 },
        },
      ],
    }),
);
