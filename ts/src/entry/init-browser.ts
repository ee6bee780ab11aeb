import { createGlue, wasmFile } from "#wasm";
import { registerEngine } from "../engine/registry.ts";
import { type Wasm, wasmOf } from "../engine/wasm.ts";
import { GradloomError } from "../error.ts";

let wasm: Promise<Wasm> | undefined;
let ready: Wasm | undefined;
const notReady = (): never => {
  throw new GradloomError("ENGINE_NOT_READY", "WebAssembly is not loaded yet.", {
    path: "engine",
    remedy: "Call `await gl.init()` once before anything else.",
  });
};

registerEngine("wasm", notReady);

const compile = async (
  source: string | URL | Response | BufferSource | WebAssembly.Module = wasmFile(),
): Promise<WebAssembly.Module> => {
  if (source instanceof WebAssembly.Module) return source;
  if (!(typeof source === "string" || source instanceof URL || source instanceof Response)) {
    return WebAssembly.compile(source);
  }
  const response = source instanceof Response ? source : await fetch(source);
  return WebAssembly.compile(await response.arrayBuffer());
};

/**
 * Loads the WebAssembly engine: call it once, before anything else. Calling it again is harmless.
 *
 * @param source - the module, if it is not beside this file: a URL, a Response, or its bytes
 * @example
 * await gl.init();
 */
export const init = async (
  source?: string | URL | Response | BufferSource | WebAssembly.Module,
): Promise<void> => {
  wasm ??= compile(source).then((module) => wasmOf({ module, createGlue }));
  try {
    ready = await wasm;
    const { engine } = ready;
    registerEngine("wasm", () => engine);
  } catch (cause) {
    wasm = undefined;
    throw new GradloomError("ENGINE_UNAVAILABLE", "the WebAssembly module could not be loaded.", {
      path: "engine",
      remedy: "Serve gradloom_bg.wasm beside the script, or pass its URL to gl.init.",
      cause,
    });
  }
};

/** Lowers a plan for a GPU. Call `init` first. */
export const lowerPlan: Wasm["lower"] = (plan, request) => (ready ?? notReady()).lower(plan, request);
