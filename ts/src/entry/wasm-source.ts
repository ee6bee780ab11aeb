/**
 * What `init` takes the WebAssembly module from: its address, a `Response` or a promise of one, its bytes, or the compiled
 * `WebAssembly.Module`; each where the platform's types declare it.
 */
export type WasmSource =
  | string
  | ArrayBuffer
  | ArrayBufferView
  | (typeof globalThis extends { readonly URL: { prototype: infer T } } ? T : never)
  | (typeof globalThis extends { readonly Response: { prototype: infer T } } ? T | PromiseLike<T> : never)
  | (typeof globalThis extends { readonly WebAssembly: { readonly Module: { prototype: infer T } } }
      ? T
      : never);
