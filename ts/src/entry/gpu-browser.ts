import { type WebGpuOptions, webGpuEngine } from "../gpu/webgpu/webgpu.ts";
import type { WebGpuEngine } from "../train/device-engine.ts";
import { init, lowerPlan } from "./init-browser.ts";

export type { GpuLimits } from "../gpu/gpu-plan.ts";
export type { WebGpuOptions };

/**
 * Makes an engine on WebGPU, on a device of its own or on the caller's: then it can use buffers of that device without copies.
 *
 * @throws GradloomError `ENGINE_UNAVAILABLE` where there is no WebGPU or no adapter
 * @example
 * const engine = await gl.gpu.webgpu();
 * const train = await gl.TrainState.create({ params: { w: new Float32Array([1, 2]) }, tx: gl.sgd(0.1), engine });
 * await train.applyGradients({ w: new Float32Array([10, 10]) });
 * console.log((await train.readParams()).w); // Float32Array(2) [ 0, 1 ]
 */
export const webgpu = async (options?: WebGpuOptions): Promise<WebGpuEngine> => {
  await init();
  return webGpuEngine(lowerPlan, options);
};
