import { define } from "../define.ts";
import { kernels } from "../kernels/kernels.ts";
import { real } from "../options.ts";
import type { EmptyState } from "../plan/transformation.ts";

/**
 * Scales each leaf's update down so that its root mean square is at most `threshold`: u / max(1, rms(u) / threshold).
 *
 * @param threshold - at least 0, which makes all updates zero; a leaf of zeros then becomes NaN, as it does in Optax
 * @example
 * const tx = gl.clipByBlockRms(1);
 * const grads = { w: new Float32Array([2, 2]), b: new Float32Array([0.5]) };
 * const [updates] = tx.update(grads, tx.init(grads));
 * console.log(updates.w[0], updates.b[0]); // 1 0.5
 * @see Shazeer & Stern 2018, https://arxiv.org/abs/1804.04235
 */
export const clipByBlockRms = define(
  "clipByBlockRms",
  { threshold: real(1, { min: 0 }) },
  {},
  (_, threshold: number) =>
    kernels<EmptyState>({
      name: "clipByBlockRms",
      steps: [
        { reduce: "rms", scope: "leaf", as: "rms" },
        { map: "clip_by_block_rms", scalars: { rms: { reduced: "rms" }, threshold } },
      ],
    }),
);
