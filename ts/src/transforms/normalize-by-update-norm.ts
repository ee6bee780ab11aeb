import { define } from "../define.ts";
import { kernels } from "../kernels/kernels.ts";
import { real } from "../options.ts";
import type { EmptyState } from "../plan/transformation.ts";

/**
 * Divides all updates by their common norm: u / ((n + eps) / scaleFactor), with n = sqrt(sum of u² over all leaves).
 *
 * @example
 * const tx = gl.normalizeByUpdateNorm({ scaleFactor: 2, eps: 0 });
 * const grads = { w: new Float32Array([3, 4]) };
 * console.log(Array.from(tx.update(grads, tx.init(grads))[0].w, (x) => x.toFixed(1))); // [ '1.2', '1.6' ]
 */
export const normalizeByUpdateNorm = define(
  "normalizeByUpdateNorm",
  {},
  {
    /** The norm of the result; greater than 0. */
    scaleFactor: real(1, { above: 0 }),
    /** Added to the norm; at least 0. */
    eps: real(1e-6, { min: 0 }),
  },
  ({ scaleFactor, eps }) =>
    kernels<EmptyState>({
      name: "normalizeByUpdateNorm",
      steps: [
        { reduce: "norm", scope: "tree", as: "norm" },
        { map: "normalize_by_update_norm", scalars: { norm: { reduced: "norm" }, eps, scaleFactor } },
      ],
    }),
);
