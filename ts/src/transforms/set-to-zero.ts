import { kernels } from "../kernels/kernels.ts";
import type { Transformation } from "../plan/node.ts";
import type { EmptyState } from "../plan/transformation.ts";

/**
 * Sets every update to zero, so that parameters stay as they are: 0.
 *
 * @example
 * const tx = gl.setToZero();
 * const grads = { w: new Float32Array([1, 2]) };
 * console.log(tx.update(grads, tx.init(grads))[0].w); // Float32Array(2) [ 0, 0 ]
 */
export const setToZero = (): Transformation<EmptyState> =>
  kernels({ name: "setToZero", steps: [{ map: "set_to_zero", integers: "zero" }] });
