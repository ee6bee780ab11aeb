import type { GradientTransformation } from "../plan/transformation.ts";
import type { DeviceTrainState, WebGpuTrainState } from "./device-train-state.ts";
import type { HostGpuDevice } from "./web-gpu-types.ts";

/** The options that `TrainState.create` passes on to an engine of a device. */
export interface DeviceOptions<P, S> {
  readonly params: P;
  readonly tx: GradientTransformation<S>;
  /** Other options, which the engine checks itself. */
  readonly [option: string]: unknown;
}

/** An engine that takes steps in the memory of a device. */
export interface DeviceEngine {
  /** A stable name in lower case: `gpu`, `webgpu`. */
  readonly name: string;
  /** A description to display, for example `webgpu google swiftshader`. */
  readonly description: string;
  createTrainState<P, S>(options: DeviceOptions<P, S>): Promise<DeviceTrainState<P, S>>;
}

/** An engine on a `GPUDevice`. */
export interface WebGpuEngine extends DeviceEngine {
  /** The device that holds all memory and runs all steps. */
  readonly device: HostGpuDevice;
  createTrainState<P, S>(options: DeviceOptions<P, S>): Promise<WebGpuTrainState<P, S>>;
}

/** Returns whether an engine keeps its training states on a device. */
export const isDeviceEngine = (engine: unknown): engine is DeviceEngine =>
  typeof (engine as Partial<DeviceEngine> | null | undefined)?.createTrainState === "function";
