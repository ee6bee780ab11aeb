import { define } from "../define.ts";
import { kernels, slot } from "../kernels/kernels.ts";
import { real } from "../options.ts";
import type { ParamsLike } from "../plan/transformation.ts";

/** The initial parameters, and for each element the history of its bets. */
export interface COCOBState {
  readonly initParticles: ParamsLike;
  /** The sum of negated gradients. */
  readonly cumulativeGradients: ParamsLike;
  /** The greatest magnitude of a gradient. */
  readonly scale: ParamsLike;
  /** The sum of the magnitudes of gradients. */
  readonly subgradients: ParamsLike;
  readonly reward: ParamsLike;
}

/** The options of `scaleByCocob` and `cocob`. */
export const COCOB_OPTIONS = {
  /** Bets stay below 1/alpha of the reward while there are few gradients; greater than 0. */
  alpha: real(100, { above: 0 }),
  /** The scale of gradients before the first; greater than 0. */
  eps: real(1e-8, { above: 0 }),
};

/**
 * Turns gradients into the steps of COCOB, which bets on coins and needs no learning rate.
 *
 * L = max(L, |g|); G += |g|; R = max(R - g*(p - p0), 0); C -= g; the result leads to p0 + C/(L*max(G + L, alpha*L))*(L + R).
 *
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.chain(gl.clip(1), gl.contrib.scaleByCocob());
 * @see Orabona & Tommasi 2017, https://arxiv.org/abs/1705.07795
 */
export const scaleByCocob = define("scaleByCocob", {}, COCOB_OPTIONS, ({ alpha, eps }) =>
  kernels<COCOBState>({
    name: "scaleByCocob",
    type: "COCOBState",
    state: {
      initParticles: slot({ initial: "params" }),
      cumulativeGradients: slot(),
      scale: slot({ initial: eps }),
      subgradients: slot(),
      reward: slot(),
    },
    steps: [{ map: "scale_by_cocob", scalars: { alpha } }],
  }),
);
