/** The module that wasm-bindgen writes for `bindings/wasm`: dist/wasm/gradloom.js. */
declare module "#wasm" {
  import type { WasmModule } from "../engine/wasm.ts";

  type Source = string | URL | Request | Response | BufferSource | WebAssembly.Module;
  type Loaded = Pick<WasmModule, "memory">;

  export const Session: WasmModule["Session"];
  export const lower: WasmModule["lower"];
  export function initSync(options: { module: BufferSource | WebAssembly.Module }): Loaded;
  // biome-ignore lint/style/noDefaultExport: wasm-bindgen writes one
  export default function init(options?: {
    module_or_path?: Source | Promise<Response> | undefined;
  }): Promise<Loaded>;
}
