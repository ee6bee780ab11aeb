import { define } from "../define.ts";
import { kernels } from "../kernels/kernels.ts";
import { real } from "../options.ts";
import type { EmptyState } from "../plan/transformation.ts";

/** The option of `scaleByParamBlockNorm` and `scaleByParamBlockRms`. */
export const PARAM_BLOCK_OPTIONS = {
  /** The least factor; at least 0. */
  minScale: real(1e-3, { min: 0 }),
};

/** Scales each leaf by a reduction of its parameters. */
export const scaleByParamBlock = (name: string, reduce: "param_norm" | "param_rms", minScale: number) =>
  kernels<EmptyState>({
    name,
    steps: [
      { reduce, scope: "leaf", as: "size" },
      { map: "scale_by_param_block", scalars: { size: { reduced: "size" }, minScale } },
    ],
  });

/**
 * Multiplies each leaf's update by the norm of its parameters: u * max(norm(p), minScale).
 *
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.scaleByParamBlockNorm();
 * const params = { w: new Float32Array([3, 4]) };
 * console.log(tx.update({ w: new Float32Array([1, 2]) }, tx.init(params), params)[0].w); // Float32Array(2) [ 5, 10 ]
 */
export const scaleByParamBlockNorm = define(
  "scaleByParamBlockNorm",
  {},
  PARAM_BLOCK_OPTIONS,
  ({ minScale }) => scaleByParamBlock("scaleByParamBlockNorm", "param_norm", minScale),
);
