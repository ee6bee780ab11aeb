export type { NativeOptions } from "../engine/native.ts";
export { nativeEngine, wasmEngine } from "../engine/node.ts";
export * from "../index.ts";
export * as gpu from "./gpu-node.ts";
export { init } from "./init-node.ts";
export type { WasmSource } from "./wasm-source.ts";
