import { define } from "../define.ts";
import { kernels } from "../kernels/kernels.ts";
import { real } from "../options.ts";
import type { EmptyState } from "../plan/transformation.ts";

/**
 * Scales all updates down together so that their common norm is at most `maxNorm`.
 *
 * n = sqrt(sum of u² over all leaves); the result is u where n < maxNorm, else u / n * maxNorm.
 *
 * @param maxNorm - at least 0, which makes all updates zero; gradients that are all zero then become NaN, as they do in Optax
 * @example
 * const tx = gl.clipByGlobalNorm(1);
 * const grads = { w: new Float32Array([3, 4]) };
 * console.log(Array.from(tx.update(grads, tx.init(grads))[0].w, (x) => x.toFixed(1))); // [ '0.6', '0.8' ]
 * @see Pascanu et al. 2012, https://arxiv.org/abs/1211.5063
 */
export const clipByGlobalNorm = define(
  "clipByGlobalNorm",
  { maxNorm: real(1, { min: 0 }) },
  {},
  (_, maxNorm: number) =>
    kernels<EmptyState>({
      name: "clipByGlobalNorm",
      steps: [
        { reduce: "norm", scope: "tree", as: "norm" },
        { map: "clip_by_global_norm", scalars: { norm: { reduced: "norm" }, maxNorm } },
      ],
    }),
);
