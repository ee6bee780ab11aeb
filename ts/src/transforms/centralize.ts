import { kernels } from "../kernels/kernels.ts";
import type { Transformation } from "../plan/node.ts";
import type { EmptyState } from "../plan/transformation.ts";

/**
 * Subtracts from each slice along the first axis its mean: u - mean(u over all axes but the first). Vectors and scalars stay as
 * they are.
 *
 * @example
 * const tx = gl.centralize();
 * const grads = { w: gl.tensor(new Float32Array([1, 3, 5, 9]), [2, 2]) };
 * console.log(tx.update(grads, tx.init(grads))[0].w.data); // Float32Array(4) [ -1, 1, -2, 2 ]
 * @see Yong et al. 2020, https://arxiv.org/abs/2004.01461
 */
export const centralize = (): Transformation<EmptyState> =>
  kernels({ name: "centralize", steps: [{ leafwise: "centralize" }] });
