/** The glue that wasm-bindgen writes for `bindings/wasm`: dist/wasm/gradloom.js. */
declare module "#wasm" {
  import type { WasmModule } from "../engine/wasm-instance.ts";

  /** Returns the address of the module beside the glue. */
  export const wasmFile: () => URL;
  export const createGlue: WasmModule["createGlue"];
}

/** The script that holds the module of `bindings/wasm`, compressed by gzip and written in base64: dist/browser/packed-wasm.js. */
declare module "#packed-wasm" {
  export const packed: string;
}
