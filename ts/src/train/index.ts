export * from "./apply-updates.ts";
export type { DeviceEngine, WebGpuEngine } from "./device-engine.ts";
export type {
  DeviceTrainState,
  FromDevice,
  GpuSlice,
  InBuffers,
  OnDevice,
  WebGpuTrainState,
} from "./device-train-state.ts";
export * from "./incremental-update.ts";
export type { DeviceTrainStateOptions, TrainStateOptions } from "./options.ts";
export * from "./periodic-update.ts";
export type { Snapshot } from "./snapshot.ts";
export { TrainState } from "./train-state.ts";
