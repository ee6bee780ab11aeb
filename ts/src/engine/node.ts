import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { GradloomError } from "../error.ts";
import { real } from "../options.ts";
import { dist, loadBinary } from "./binary.ts";
import type { Engine } from "./engine.ts";
import { type Addon, type NativeOptions, nativeEngineOf } from "./native.ts";
import { type Wasm, wasmOf } from "./wasm.ts";
import type { WasmModule } from "./wasm-instance.ts";

const require = createRequire(import.meta.url);

/** Returns the remedy for a file of the package that is missing: a clone builds it, an installed package comes with it. */
const remedy = (): string =>
  /[\\/]node_modules[\\/]/.test(dist())
    ? "Install gradloom again, or choose another engine."
    : "Run npm run build in the clone of gradloom, or choose another engine.";

const loadAddon = (): Addon | GradloomError => loadBinary(dist("native"), "gradloom", remedy());

let addon: Addon | GradloomError | undefined;

/** Returns why there is no native engine on this platform, undefined where there is one. */
export const nativeObstacle = (): string | undefined => {
  addon ??= loadAddon();
  return addon instanceof GradloomError ? addon.message : undefined;
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
  addon ??= loadAddon();
  if (addon instanceof GradloomError) throw addon;
  return nativeEngineOf(addon, { threads: defaultThreads(), ...options });
};

let loaded: Wasm | undefined;

/** Returns the WebAssembly module, loaded once. */
const loadWasm = (): Wasm => {
  if (loaded) return loaded;
  try {
    const { createGlue } = require(dist("wasm", "gradloom.cjs")) as Pick<WasmModule, "createGlue">;
    const module = new WebAssembly.Module(readFileSync(dist("wasm", "gradloom_bg.wasm")));
    loaded = wasmOf({ module, createGlue });
    return loaded;
  } catch (cause) {
    throw new GradloomError("ENGINE_UNAVAILABLE", "the WebAssembly module could not be loaded.", {
      path: "engine",
      remedy: remedy(),
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

/** Lowers a plan for a GPU. */
export const lowerPlan: Wasm["lower"] = (plan, request) => loadWasm().lower(plan, request);
