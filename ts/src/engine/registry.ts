import { GradloomError } from "../error.ts";
import type { Engine } from "./engine.ts";
import type { FileHeaders } from "./headers.ts";

/** Makes an engine at its first use, or throws ENGINE_NOT_READY or ENGINE_UNAVAILABLE. */
export type EngineFactory = () => Engine;

const factories = new Map<string, EngineFactory>();
const made = new Map<string, Engine>();
let chosen: string | Engine | undefined;
let byDefault = (): string | undefined => factories.keys().next().value;
let engineOfStep: Engine | undefined;

/** Makes an engine available by name. The first one registered is the default, unless `registerDefault` says otherwise. */
export const registerEngine = (name: string, factory: EngineFactory): void => {
  factories.set(name, factory);
  made.delete(name);
};

/** Sets the function that names the default engine, at each use of it. */
export const registerDefault = (choose: () => string): void => {
  byDefault = choose;
};

const named = (name: string): Engine => {
  const ready = made.get(name);
  if (ready) return ready;
  const factory = factories.get(name);
  if (!factory) {
    throw new GradloomError("ENGINE_UNAVAILABLE", `there is no engine called ${JSON.stringify(name)}.`, {
      path: "engine",
      remedy: `The names are ${[...factories.keys()].join(", ") || "none"}; the engine of a GPU is an object: await gl.gpu.webgpu().`,
    });
  }
  const engine = factory();
  made.set(name, engine);
  return engine;
};

/** Returns the engine that is asked for, by default the current one. Throws where it is unavailable. */
export const resolveEngine = (choice?: string | Engine): Engine => {
  const wanted = choice ?? engineOfStep ?? chosen ?? byDefault();
  if (wanted === undefined) {
    throw new GradloomError("ENGINE_UNAVAILABLE", "no engine is registered.", {
      path: "engine",
      remedy: 'Import "gradloom" itself, not a file inside it.',
    });
  }
  const engine = typeof wanted === "string" ? named(wanted) : wanted;
  if (typeof engine?.open !== "function") throw notAnEngine(engine);
  return engine;
};

const notAnEngine = (given: { readonly name?: unknown; readonly then?: unknown } | null): GradloomError => {
  if (typeof given?.then === "function") {
    return new GradloomError("ENGINE_UNAVAILABLE", "this is the promise of an engine.", {
      path: "engine",
      remedy: "Await it: engine: await gl.gpu.webgpu().",
    });
  }
  return new GradloomError(
    "ENGINE_UNAVAILABLE",
    `${given?.name ?? "this"} is no engine for arrays in memory.`,
    {
      path: "engine",
      remedy: "Pass the engine of a GPU to TrainState.create({ engine }), and choose another one here.",
    },
  );
};

/** Returns the headers of the current engine; where that is a user's own, those of the default one. */
export const getHeaders = (): FileHeaders => {
  const { headers } = resolveEngine();
  return headers ?? (resolveEngine(byDefault()).headers as FileHeaders);
};

/** Runs synchronous host code of a step, with the step's engine as the current one. */
export const onEngine = <T>(engine: Engine, body: () => T): T => {
  const before = engineOfStep;
  engineOfStep = engine;
  try {
    return body();
  } finally {
    engineOfStep = before;
  }
};

/**
 * Chooses the engine for everything that does not name one: `native`, `wasm`, or an engine of your own.
 *
 * @throws GradloomError `ENGINE_UNAVAILABLE` where there is no engine of this name
 * @example
 * gl.setEngine("wasm");
 * console.log(gl.getEngine().name); // wasm
 */
export const setEngine = (choice: string | Engine): void => {
  chosen = resolveEngine(choice);
};

/**
 * Returns the engine in use when none is named.
 *
 * @example
 * console.log(gl.getEngine().description); // for example "native avx2, 2 threads"
 */
export const getEngine = (): Engine => resolveEngine();
