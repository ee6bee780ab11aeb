import { define } from "../define.ts";
import { kernels } from "../kernels/kernels.ts";
import type { EmptyState } from "../plan/transformation.ts";

/**
 * Divides all updates by their common norm: u / sqrt(sum of u² over all leaves).
 *
 * Updates that are all zero stay zero, where Optax gives NaN.
 *
 * @example
 * const tx = gl.contrib.normalize();
 * const grads = { w: new Float32Array([3, 4]) };
 * console.log(Array.from(tx.update(grads, tx.init(grads))[0].w, (x) => x.toFixed(1))); // [ '0.6', '0.8' ]
 */
export const normalize = define("normalize", {}, {}, () =>
  kernels<EmptyState>({
    name: "normalize",
    steps: [
      { reduce: "norm", scope: "tree", as: "norm" },
      { map: "normalize", scalars: { norm: { reduced: "norm" } } },
    ],
  }),
);
