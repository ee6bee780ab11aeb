import { define } from "../define.ts";
import { count, kernels, slot } from "../kernels/kernels.ts";
import { decay, flag, real } from "../options.ts";
import type { ParamsLike } from "../plan/transformation.ts";
import { debias } from "./moments.ts";

/** The moving average of squared gradients. */
export interface ScaleByRmsState {
  readonly nu: ParamsLike;
}

/** The moving average of squared gradients, and the number of steps, which the bias correction needs. */
export interface ScaleByRmsWithCountState extends ScaleByRmsState {
  readonly count: number;
}

/** The options of `scaleByRms` and `scaleByStddev`. */
export const RMS_OPTIONS = {
  /** Decay of the averages, in [0, 1]. */
  decay: decay(0.9),
  /** Keeps the divisor from 0; at least 0. */
  eps: real(1e-8, { min: 0 }),
  /** The initial average of squares; at least 0. */
  initialScale: real(0, { min: 0 }),
  /** Whether `eps` is added inside the root rather than outside. */
  epsInSqrt: flag(true),
  /** Whether averages are divided by 1-decay^t. */
  biasCorrection: flag(false),
};

/**
 * Divides updates by the root of the moving average of their squares, as RMSProp does.
 *
 * v = decay*v + (1-decay)*u²; the result is u / sqrt(v + eps), or u / (sqrt(v) + eps) without `epsInSqrt`. With `biasCorrection`
 * v/(1-decay^t) stands for v.
 *
 * @example
 * const tx = gl.chain(gl.scaleByRms({ decay: 0.99 }), gl.scale(-1e-3));
 * @see Tieleman & Hinton 2012, Lecture 6.5 of Neural Networks for Machine Learning
 */
export const scaleByRms = define(
  "scaleByRms",
  {},
  RMS_OPTIONS,
  ({ decay, eps, initialScale, epsInSqrt, biasCorrection }) =>
    kernels<ScaleByRmsState | ScaleByRmsWithCountState>({
      name: "scaleByRms",
      type: biasCorrection ? "ScaleByRmsWithCountState" : "ScaleByRmsState",
      state: { ...(biasCorrection && { count: count() }), nu: slot({ initial: initialScale }) },
      steps: [
        {
          map: epsInSqrt ? "scale_by_rms" : "scale_by_rms_eps_outside",
          scalars: { decay, oneMinusDecay: 1 - decay, eps, c: biasCorrection ? debias(decay) : 1 },
        },
      ],
    }),
);
