import { define } from "../define.ts";
import { host, kernels, slot } from "../kernels/kernels.ts";
import { real } from "../options.ts";
import type { ParamsLike } from "../plan/transformation.ts";

/** Steps since the last update that was passed on, and the sum of the updates since then. */
export interface ApplyEvery {
  readonly count: number;
  readonly gradAcc: ParamsLike;
}

/**
 * Accumulates updates over k steps: the result is their sum at the last of these steps and 0 at the others.
 *
 * Members of a chain before it see every gradient. A NaN affects only the k steps that it belongs to.
 *
 * @example
 * const tx = gl.applyEvery({ k: 2 });
 * const grads = { w: new Float32Array([1]) };
 * const [first, state] = tx.update(grads, tx.init(grads));
 * console.log(first.w[0], tx.update(grads, state)[0].w[0]); // 0 2
 */
export const applyEvery = define(
  "applyEvery",
  {},
  {
    /** The number of steps whose updates are summed; an integer, at least 1. */
    k: real(1, { min: 1, integer: true }),
  },
  ({ k }) =>
    kernels<ApplyEvery>({
      name: "applyEvery",
      type: "ApplyEvery",
      state: { count: host(0, (count: number) => (count + 1) % k), gradAcc: slot() },
      steps: [
        {
          map: "apply_every",
          scalars: {
            keep: ({ count }) => ((count as number) % k === 0 ? 0 : 1),
            emit: ({ count }) => ((count as number) % k === k - 1 ? 1 : 0),
          },
        },
      ],
    }),
);
