/** The glue that wasm-bindgen writes for `bindings/wasm`: dist/wasm/gradloom.js. */
declare module "#wasm" {
  import type { WasmModule } from "../engine/wasm-instance.ts";

  /** Returns the address of the module beside the glue. */
  export const wasmFile: () => URL;
  export const createGlue: WasmModule["createGlue"];
}
