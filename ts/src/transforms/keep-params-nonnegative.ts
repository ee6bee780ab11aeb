import { kernels } from "../kernels/kernels.ts";
import type { Transformation } from "../plan/node.ts";
import type { EmptyState } from "../plan/transformation.ts";

/** The state of `keepParamsNonnegative`. */
export type NonNegativeParamsState = EmptyState;

/**
 * Keeps parameters from becoming negative: u, or -p where p + u < 0. It must be the last of a chain, to see the final update.
 *
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.chain(gl.sgd(1), gl.keepParamsNonnegative());
 * const params = { w: new Float32Array([1, 2]) };
 * const [updates] = tx.update({ w: new Float32Array([3, 1]) }, tx.init(params), params);
 * console.log(updates.w); // Float32Array(2) [ -1, -1 ]
 */
export const keepParamsNonnegative = (): Transformation<NonNegativeParamsState> =>
  kernels({ name: "keepParamsNonnegative", steps: [{ map: "keep_params_nonnegative" }] });
