import { define } from "../define.ts";
import { count, kernels, slot } from "../kernels/kernels.ts";
import { decay, flag, real } from "../options.ts";
import type { ParamsLike } from "../plan/transformation.ts";
import { momentScalars, nesterovScalars } from "./moments.ts";

/** Steps so far, and the moving averages of gradients and of their squared deviations from that average. */
export interface ScaleByBeliefState {
  readonly count: number;
  readonly mu: ParamsLike;
  readonly nu: ParamsLike;
}

/** The options of `scaleByBelief` and `adabelief`. */
export const BELIEF_OPTIONS = {
  /** Decay of the first moment, in [0, 1]. */
  b1: decay(0.9),
  /** Decay of the second moment, in [0, 1]. */
  b2: decay(0.999),
  /** Added outside the root; at least 0. */
  eps: real(1e-16, { min: 0 }),
  /** Added to the stored second moment at every step; at least 0. */
  epsRoot: real(1e-16, { min: 0 }),
  /** Nesterov's look-ahead, as in NAdam. */
  nesterov: flag(false),
};

/**
 * Divides updates by how far they are from their moving average, as AdaBelief does.
 *
 * m = b1*m + (1-b1)*u; v = b2*v + (1-b2)*(u-m)² + epsRoot; the result is (m/(1-b1^t)) / (sqrt(v/(1-b2^t)) + eps). With
 * `nesterov` the first factor is b1*m/(1-b1^(t+1)) + (1-b1)*u/(1-b1^t).
 *
 * @example
 * const tx = gl.chain(gl.scaleByBelief(), gl.scale(-1e-3));
 * @see Zhuang et al. 2020, https://arxiv.org/abs/2010.07468
 */
export const scaleByBelief = define("scaleByBelief", {}, BELIEF_OPTIONS, (rates) =>
  kernels<ScaleByBeliefState>({
    name: "scaleByBelief",
    type: "ScaleByBeliefState",
    state: { count: count(), mu: slot(), nu: slot() },
    steps: [
      rates.nesterov
        ? { map: "scale_by_belief_nesterov", scalars: nesterovScalars(rates) }
        : { map: "scale_by_belief", scalars: momentScalars(rates) },
    ],
  }),
);
