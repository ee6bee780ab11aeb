/** The glue that wasm-bindgen writes for `bindings/wasm`: dist/wasm/gradloom.js. */
declare module "#wasm" {
  import type { WasmModule } from "../engine/wasm-instance.ts";

  export const createGlue: WasmModule["createGlue"];
}
