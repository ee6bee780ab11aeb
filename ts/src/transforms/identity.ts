import { kernels } from "../kernels/kernels.ts";
import type { Transformation } from "../plan/node.ts";
import type { EmptyState } from "../plan/transformation.ts";

/**
 * Leaves the updates as they are: u.
 *
 * @example
 * const tx = gl.identity();
 * const grads = { w: new Float32Array([1, 2]) };
 * console.log(tx.update(grads, tx.init(grads))[0].w); // Float32Array(2) [ 1, 2 ]
 */
export const identity = (): Transformation<EmptyState> => kernels({ name: "identity", steps: [] });
