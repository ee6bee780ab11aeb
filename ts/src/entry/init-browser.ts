import load, { lower, Session } from "#wasm";
import type { Engine } from "../engine/engine.ts";
import { registerEngine } from "../engine/registry.ts";
import { type WasmModule, wasmEngineOf } from "../engine/wasm.ts";
import { GradloomError } from "../error.ts";

let wasm: Promise<Engine> | undefined;
const notReady = (): never => {
  throw new GradloomError("ENGINE_NOT_READY", "WebAssembly is not loaded yet.", {
    path: "engine",
    remedy: "Call `await gl.init()` once before anything else.",
  });
};

registerEngine("wasm", notReady);

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
  wasm ??= load({ module_or_path: source }).then(({ memory }) => wasmEngineOf({ Session, memory }));
  try {
    const engine = await wasm;
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
export const lowerPlan: WasmModule["lower"] = (plan, request) => lower(plan, request);
