export * from "./apply-updates.ts";
export type { DeviceEngine, DeviceOptions, WebGpuEngine } from "./device-engine.ts";
export type {
  DeviceTrainState,
  FromDevice,
  GpuSlice,
  InBuffers,
  LeavesOf,
  OnDevice,
  WebGpuTrainState,
} from "./device-train-state.ts";
export * from "./incremental-update.ts";
export type { DeviceStorage, DeviceTrainStateOptions, TrainStateOptions } from "./options.ts";
export * from "./periodic-update.ts";
export type { Snapshot } from "./snapshot.ts";
export { TrainState } from "./train-state.ts";
export * from "./transfer-list.ts";
export type {
  HostGpu,
  HostGpuBuffer,
  HostGpuCommandEncoder,
  HostGpuDevice,
  HostType,
} from "./web-gpu-types.ts";
