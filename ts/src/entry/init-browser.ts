import { createGlue, wasmFile } from "#wasm";
import { registerEngine } from "../engine/registry.ts";
import { type Wasm, wasmOf } from "../engine/wasm.ts";
import { GradloomError } from "../error.ts";
import { instantiating, loadModule } from "./load-module.ts";
import { packedWasm } from "./packed-wasm.ts";
import type { WasmSource } from "./wasm-source.ts";

let wasm: Promise<Wasm> | undefined;
let ready: Wasm | undefined;
const notReady = (): never => {
  throw new GradloomError("ENGINE_NOT_READY", "WebAssembly is not loaded yet.", {
    path: "engine",
    remedy: "Call `await gl.init()` once before anything else.",
  });
};

registerEngine("wasm", notReady);

/** Loads the module from its file; where a bundler or a dev server has not put that beside the script, from the packed copy. */
const loadDefault = async (): Promise<WebAssembly.Module> => {
  try {
    return await loadModule(wasmFile(), fetch);
  } catch (error) {
    const packed = await packedWasm().catch(() => {
      throw error;
    });
    return loadModule(packed, fetch);
  }
};

const load = async (source: WasmSource | undefined): Promise<Wasm> => {
  const module = source === undefined ? await loadDefault() : await loadModule(source, fetch);
  return instantiating(() => wasmOf({ module, createGlue }));
};

/**
 * Loads the WebAssembly engine: call it once, before anything else. Calling it again is harmless.
 *
 * @param source - the module, if it is not the file beside the script: its address, a Response or a promise of one, its bytes, or the compiled module
 * @throws GradloomError `ENGINE_UNAVAILABLE` says why it could not be loaded
 * @example
 * await gl.init();
 */
export const init = async (source?: WasmSource): Promise<void> => {
  wasm ??= load(source);
  try {
    ready = await wasm;
    const { engine } = ready;
    registerEngine("wasm", () => engine);
  } catch (error) {
    wasm = undefined;
    throw error;
  }
};

/** Lowers a plan for a GPU. Call `init` first. */
export const lowerPlan: Wasm["lower"] = (plan, request) => (ready ?? notReady()).lower(plan, request);
