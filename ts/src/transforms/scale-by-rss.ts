import { define } from "../define.ts";
import { kernels, slot } from "../kernels/kernels.ts";
import { real } from "../options.ts";
import type { ParamsLike } from "../plan/transformation.ts";

/** The sum of squared gradients. */
export interface ScaleByRssState {
  readonly sumOfSquares: ParamsLike;
}

/** The options of `scaleByRss` and `adagrad`. */
export const RSS_OPTIONS = {
  /** The initial sum; at least 0. */
  initialAccumulatorValue: real(0.1, { min: 0 }),
  /** Added inside the root; at least 0. */
  eps: real(1e-7, { min: 0 }),
};

/**
 * Divides updates by the root of the sum of all squares so far, as Adagrad does.
 *
 * s = s + u²; the result is u / sqrt(s + eps), and 0 where s is 0.
 *
 * @example
 * const tx = gl.scaleByRss({ initialAccumulatorValue: 0, eps: 0 });
 * const grads = { w: new Float32Array([5]) };
 * console.log(tx.update(grads, tx.init(grads))[0].w[0]); // 1
 * @see Duchi et al. 2011, https://jmlr.org/papers/v12/duchi11a.html
 */
export const scaleByRss = define("scaleByRss", {}, RSS_OPTIONS, ({ initialAccumulatorValue: initial, eps }) =>
  kernels<ScaleByRssState>({
    name: "scaleByRss",
    type: "ScaleByRssState",
    state: { sumOfSquares: slot({ initial }) },
    steps: [{ map: "scale_by_rss", scalars: { eps } }],
  }),
);
