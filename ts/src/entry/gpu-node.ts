import { gpuAddon } from "../engine/native-gpu.ts";
import { lowerPlan } from "../engine/node.ts";
import { type NativeGpuOptions, nativeGpuEngine } from "../gpu/native.ts";
import { type WebGpuOptions, webGpuEngine } from "../gpu/webgpu/webgpu.ts";
import type { DeviceEngine, WebGpuEngine } from "../train/device-engine.ts";

export type { GpuLimits } from "../gpu/gpu-plan.ts";
export type { NativeGpuOptions, WebGpuOptions };

/**
 * Makes an engine on WebGPU, on a device of its own or on the caller's: then it can use buffers of that device without copies.
 *
 * In Node the package `webgpu` provides WebGPU: pass the result of its `create([])` as `gpu`, and keep that for as long as the
 * program runs.
 *
 * @throws GradloomError `ENGINE_UNAVAILABLE` where there is no WebGPU or no adapter
 * @example
 * const engine = await gl.gpu.webgpu();
 * const train = await gl.TrainState.create({ params: { w: new Float32Array([1, 2]) }, tx: gl.sgd(0.1), engine });
 * await train.applyGradients({ w: new Float32Array([10, 10]) });
 * console.log((await train.readParams()).w); // Float32Array(2) [ 0, 1 ]
 */
export const webgpu = (options?: WebGpuOptions): Promise<WebGpuEngine> => webGpuEngine(lowerPlan, options);

/**
 * Makes an engine on a GPU of this machine: Vulkan, Metal or Direct3D 12. It comes with the package `gradloom-gpu`.
 *
 * @throws GradloomError `ENGINE_UNAVAILABLE` where the package is not installed, or where there is no such GPU
 * @example
 * const engine = await gl.gpu.native();
 * const train = await gl.TrainState.create({ params: { w: new Float32Array([1, 2]) }, tx: gl.sgd(0.1), engine });
 * await train.applyGradients({ w: new Float32Array([10, 10]) });
 * console.log((await train.readParams()).w); // Float32Array(2) [ 0, 1 ]
 */
export const native = async (options?: NativeGpuOptions): Promise<DeviceEngine> =>
  nativeGpuEngine(gpuAddon(), lowerPlan, options);
