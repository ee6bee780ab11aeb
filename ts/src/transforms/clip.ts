import { define } from "../define.ts";
import { kernels } from "../kernels/kernels.ts";
import { real } from "../options.ts";
import type { EmptyState } from "../plan/transformation.ts";

/**
 * Clips every element: min(max(u, -maxDelta), maxDelta).
 *
 * @param maxDelta - at least 0
 * @example
 * const tx = gl.clip(1);
 * const grads = { w: new Float32Array([-3, 0.5]) };
 * console.log(tx.update(grads, tx.init(grads))[0].w); // Float32Array(2) [ -1, 0.5 ]
 */
export const clip = define("clip", { maxDelta: real(1, { min: 0 }) }, {}, (_, maxDelta: number) =>
  kernels<EmptyState>({ name: "clip", steps: [{ map: "clip", scalars: { maxDelta } }] }),
);
