import { kernels } from "../kernels/kernels.ts";
import type { Transformation } from "../plan/node.ts";
import type { EmptyState } from "../plan/transformation.ts";

/**
 * Replaces each update by its sign: -1, 0 or 1; NaN stays NaN.
 *
 * @example
 * const tx = gl.scaleBySign();
 * const grads = { w: new Float32Array([-3, 0, 0.5]) };
 * console.log(tx.update(grads, tx.init(grads))[0].w); // Float32Array(3) [ -1, 0, 1 ]
 * @see Bernstein et al. 2018, https://arxiv.org/abs/1802.04434
 */
export const scaleBySign = (): Transformation<EmptyState> =>
  kernels({ name: "scaleBySign", steps: [{ map: "scale_by_sign" }] });
