export * from "../index.ts";
export * as gpu from "./gpu-browser.ts";
export { init } from "./init-browser.ts";
export type { WasmSource } from "./wasm-source.ts";
