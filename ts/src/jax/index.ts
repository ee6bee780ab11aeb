export { JaxDeviceTrainState } from "./device-train-state.ts";
export type { OptState } from "./state.ts";
export { JaxTrainState } from "./train-state.ts";
export { type JaxTransformation, toJaxTransformation } from "./transformation.ts";
export type { ArraysOf, JaxDeviceTrainStateOptions, JaxTrainStateOptions, OnHost } from "./types.ts";
