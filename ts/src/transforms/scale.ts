import { define } from "../define.ts";
import { kernels } from "../kernels/kernels.ts";
import { real } from "../options.ts";
import type { EmptyState } from "../plan/transformation.ts";

/**
 * Multiplies the updates by a constant: stepSize * u.
 *
 * @param stepSize - any finite number; negative to descend
 * @throws GradloomError `INVALID_HYPERPARAMETER` where it is not finite
 * @example
 * const tx = gl.scale(-0.5);
 * const grads = { w: new Float32Array([1, 2]) };
 * console.log(tx.update(grads, tx.init(grads))[0].w); // Float32Array(2) [ -0.5, -1 ]
 */
export const scale = define("scale", { stepSize: real(1) }, {}, (_, stepSize: number) =>
  kernels<EmptyState>({ name: "scale", steps: [{ map: "scale", scalars: { stepSize } }] }),
);
