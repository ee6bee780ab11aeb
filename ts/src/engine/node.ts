import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { GradloomError } from "../error.ts";
import { real } from "../options.ts";
import type { Engine } from "./engine.ts";
import { type Addon, type NativeOptions, nativeEngineOf } from "./native.ts";
import { type WasmModule, wasmEngineOf } from "./wasm.ts";

const require = createRequire(import.meta.url);

/** A folder of build results: the package finds itself by name, from its sources and from dist alike. */
const dist = (...path: string[]): string =>
  join(dirname(require.resolve("gradloom/package.json")), "dist", ...path);

const binaries = (): string[] => {
  try {
    const files = readdirSync(dist("native"));
    return files.filter((file) => file.startsWith(`gradloom.${process.platform}-${process.arch}`));
  } catch {
    return [];
  }
};

/** The first binary that loads: of two for one platform the C library decides. */
const loadAddon = (): Addon | GradloomError => {
  let cause: unknown;
  for (const file of binaries()) {
    try {
      return require(dist("native", file)) as Addon;
    } catch (error) {
      cause = error;
    }
  }
  const problem = cause
    ? `the native binary does not load (${(cause as Error).message}).`
    : `there is no native binary for ${process.platform}-${process.arch}.`;
  return new GradloomError("ENGINE_UNAVAILABLE", problem, {
    path: "engine",
    remedy: "Install gradloom again (in its repository: npm run build), or choose another engine.",
    cause,
  });
};

let addon: Addon | GradloomError | undefined;

/** Why there is no native engine here, undefined where there is one. */
export const nativeObstacle = (): string | undefined => {
  addon ??= loadAddon();
  return addon instanceof GradloomError ? addon.message : undefined;
};

/** `GRADLOOM_THREADS`, or every core. */
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

interface Glue extends WasmModule {
  initSync(options: { module: Uint8Array }): Pick<WasmModule, "memory">;
}

/**
 * The WebAssembly engine: the same results, bit for bit, on one thread.
 *
 * @example
 * gl.setEngine(gl.wasmEngine());
 */
export const wasmEngine = (): Engine => {
  try {
    const glue = require(dist("wasm", "gradloom.cjs")) as Glue;
    const { memory } = glue.initSync({ module: readFileSync(dist("wasm", "gradloom_bg.wasm")) });
    return wasmEngineOf({ Session: glue.Session, memory });
  } catch (cause) {
    throw new GradloomError("ENGINE_UNAVAILABLE", "the WebAssembly module could not be loaded.", {
      path: "engine",
      remedy: "Install gradloom again (in its repository: npm run build), or choose another engine.",
      cause,
    });
  }
};
