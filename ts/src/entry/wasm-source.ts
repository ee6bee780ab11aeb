/** The instances of a global class; `never` where the platform's types do not declare it. */
type Instance<Name extends string> = typeof globalThis extends {
  readonly [N in Name]: { prototype: infer T };
}
  ? T
  : never;

type CompiledModule = typeof globalThis extends {
  readonly WebAssembly: { readonly Module: { prototype: infer T } };
}
  ? T
  : never;

/**
 * What `init` takes the WebAssembly module from: its address, a `Response` or a promise of one, its bytes, or the compiled
 * `WebAssembly.Module`.
 */
export type WasmSource =
  | string
  | Instance<"URL">
  | Instance<"Response">
  | PromiseLike<Instance<"Response">>
  | ArrayBuffer
  | ArrayBufferView
  | CompiledModule;
