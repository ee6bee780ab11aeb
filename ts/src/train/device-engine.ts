import type { GradientTransformation } from "../plan/transformation.ts";
import type { DeviceTrainState, WebGpuTrainState } from "./device-train-state.ts";
import type { HostGpuDevice } from "./web-gpu-types.ts";

/** What `TrainState.create` hands on to an engine that keeps its states on a device. */
export interface DeviceOptions<P, S> {
  readonly params: P;
  readonly tx: GradientTransformation<S>;
  /** All else; the engine knows and checks its own options. */
  readonly [option: string]: unknown;
}

/** An engine that takes steps on a device, away from the host's memory. */
export interface DeviceEngine {
  /** Stable and lower case: `gpu`, `webgpu`. */
  readonly name: string;
  /** For people, for example `webgpu google swiftshader`. */
  readonly description: string;
  createTrainState<P, S>(options: DeviceOptions<P, S>): Promise<DeviceTrainState<P, S>>;
}

/** The same on a `GPUDevice`. */
export interface WebGpuEngine extends DeviceEngine {
  /** The device that everything lies on. */
  readonly device: HostGpuDevice;
  createTrainState<P, S>(options: DeviceOptions<P, S>): Promise<WebGpuTrainState<P, S>>;
}

/** Whether an engine keeps its train states on a device. */
export const isDeviceEngine = (engine: unknown): engine is DeviceEngine =>
  typeof (engine as Partial<DeviceEngine> | null | undefined)?.createTrainState === "function";
