import { define } from "../define.ts";
import { count, kernels, slot } from "../kernels/kernels.ts";
import { decay, real } from "../options.ts";
import type { ParamsLike } from "../plan/transformation.ts";
import { debias } from "./moments.ts";

/** Moving averages of gradients, of their differences and of squares; the last gradient, and steps so far. */
export interface ScaleByAdanState {
  readonly m: ParamsLike;
  readonly v: ParamsLike;
  readonly n: ParamsLike;
  readonly g: ParamsLike;
  readonly t: number;
}

/** The options of `scaleByAdan`. */
export const ADAN_OPTIONS = {
  /** Decay of the average of gradients, in [0, 1]. */
  b1: decay(0.98),
  /** Decay of the average of differences, in [0, 1]. */
  b2: decay(0.92),
  /** Decay of the average of squares, in [0, 1]. */
  b3: decay(0.99),
  /** Added outside the root; at least 0. */
  eps: real(1e-8, { min: 0 }),
  /** Added inside the root; at least 0. */
  epsRoot: real(0, { min: 0 }),
};

/**
 * Scales updates by running moments of gradients and of their differences, as Adan does.
 *
 * d = u - g, and 0 in the first step; m = b1*m + (1-b1)*u; v = b2*v + (1-b2)*d; n = b3*n + (1-b3)*(u + (1-b2)*d)²; g = u; the
 * result is (m/(1-b1^t) + (1-b2)*v/(1-b2^t)) / (sqrt(n/(1-b3^t) + epsRoot) + eps).
 *
 * @example
 * const tx = gl.chain(gl.scaleByAdan(), gl.scale(-1e-3));
 * @see Xie et al. 2022, https://arxiv.org/abs/2208.06677
 */
export const scaleByAdan = define("scaleByAdan", {}, ADAN_OPTIONS, ({ b1, b2, b3, eps, epsRoot }) =>
  kernels<ScaleByAdanState>({
    name: "scaleByAdan",
    type: "ScaleByAdanState",
    state: { m: slot(), v: slot(), n: slot(), g: slot(), t: count() },
    steps: [
      {
        map: "scale_by_adan",
        scalars: {
          b1,
          oneMinusB1: 1 - b1,
          b2,
          oneMinusB2: 1 - b2,
          b3,
          oneMinusB3: 1 - b3,
          c1: debias(b1, 0, "t"),
          c2: debias(b2, 0, "t"),
          c3: debias(b3, 0, "t"),
          eps,
          epsRoot,
          started: ({ t }) => Math.min(t as number, 1),
        },
      },
    ],
  }),
);
