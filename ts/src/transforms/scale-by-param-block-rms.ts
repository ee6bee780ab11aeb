import { define } from "../define.ts";
import { PARAM_BLOCK_OPTIONS, scaleByParamBlock } from "./scale-by-param-block-norm.ts";

/**
 * Multiplies each leaf's update by the root mean square of its parameters: u * max(rms(p), minScale).
 *
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.scaleByParamBlockRms();
 * const params = { w: new Float32Array([2, -2]) };
 * console.log(tx.update({ w: new Float32Array([1, 2]) }, tx.init(params), params)[0].w); // Float32Array(2) [ 2, 4 ]
 * @see Shazeer & Stern 2018, https://arxiv.org/abs/1804.04235
 */
export const scaleByParamBlockRms = define("scaleByParamBlockRms", {}, PARAM_BLOCK_OPTIONS, ({ minScale }) =>
  scaleByParamBlock("scaleByParamBlockRms", "param_rms", minScale),
);
