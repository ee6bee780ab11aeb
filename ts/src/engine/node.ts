import { GradloomError } from "../error.ts";
import { real } from "../options.ts";
import { builtin, dist, load, loadBinary, remedyFor } from "./binary.ts";
import type { Engine } from "./engine.ts";
import { type Addon, type NativeOptions, nativeEngineOf } from "./native.ts";
import { type Wasm, wasmOf } from "./wasm.ts";
import type { WasmModule } from "./wasm-instance.ts";

const findAddon = (): Addon | GradloomError => {
  try {
    return loadBinary(dist("native"), "gradloom", remedyFor("Install gradloom again"));
  } catch (error) {
    return error as GradloomError;
  }
};

let addon: Addon | GradloomError | undefined;

/** Returns the native addon, or the error that says why there is none. It is looked for once. */
const findAddonOnce = (): Addon | GradloomError => {
  addon ??= findAddon();
  return addon;
};

/** Returns why there is no native engine on this platform, undefined where there is one. */
export const nativeObstacle = (): string | undefined => {
  const found = findAddonOnce();
  return found instanceof GradloomError ? found.message : undefined;
};

/** Returns the number of threads that GRADLOOM_THREADS sets; by default 0, one for each core. */
const defaultThreads = (): number => {
  const given = process.env.GRADLOOM_THREADS;
  return given ? real(0, { min: 0, integer: true }).check(Number(given), "GRADLOOM_THREADS") : 0;
};

/**
 * The native engine, with a number of threads and an instruction set of your choice.
 *
 * @throws ENGINE_UNAVAILABLE where no binary fits the platform
 * @example
 * gl.setEngine(gl.nativeEngine({ threads: 1 }));
 */
export const nativeEngine = (options?: NativeOptions): Engine => {
  const found = findAddonOnce();
  if (found instanceof GradloomError) throw found;
  return nativeEngineOf(found, { threads: defaultThreads(), ...options });
};

let loaded: Wasm | undefined;

/**
 * Returns the WebAssembly module, loaded once: by default that of the package.
 *
 * @internal The types of the package have no names that a program without pages lacks.
 */
export const loadWasm = (given?: WebAssembly.Module): Wasm => {
  if (loaded) return loaded;
  const files = dist("wasm");
  try {
    const { join } = builtin("node:path");
    const { createGlue } = load(join(files, "gradloom.cjs")) as Pick<WasmModule, "createGlue">;
    const module =
      given ?? new WebAssembly.Module(builtin("node:fs").readFileSync(join(files, "gradloom_bg.wasm")));
    loaded = wasmOf({ module, createGlue });
    return loaded;
  } catch (cause) {
    if (cause instanceof GradloomError) throw cause;
    const message = `the WebAssembly module could not be loaded (${(cause as Error).message}).`;
    throw new GradloomError("ENGINE_UNAVAILABLE", message, {
      path: "engine",
      remedy: remedyFor("Install gradloom again"),
      cause,
    });
  }
};

/**
 * The WebAssembly engine: the same results, bit for bit, on one thread.
 *
 * @example
 * gl.setEngine(gl.wasmEngine());
 */
export const wasmEngine = (): Engine => loadWasm().engine;

/**
 * Lowers a plan for a GPU.
 *
 * @internal
 */
export const lowerPlan: Wasm["lower"] = (plan, request) => loadWasm().lower(plan, request);
