import { GradloomError } from "../error.ts";

/** The version of this code; in the sources of the repository there is none. */
declare const GRADLOOM_VERSION: string | undefined;

/**
 * Returns a module of Node. It is asked for where it is used, and not imported: importing the library must not fail, whatever a
 * bundler has made of it.
 */
export const builtin: typeof process.getBuiltinModule = (name: string) => {
  if (process.getBuiltinModule) return process.getBuiltinModule(name);
  throw new GradloomError("ENGINE_UNAVAILABLE", `this is Node ${process.versions.node}.`, {
    path: "engine",
    remedy: "Use Node 20.16 or newer.",
  });
};

/** Loads a CommonJS file or a binary by its path. */
export const load = (file: string): unknown => builtin("node:module").createRequire(file)(file);

/** The files from which packages are looked up: this one, and the program's, for where a bundler has moved this one. */
const origins = (): (string | undefined)[] => [import.meta.url, process.argv[1]];

/** Returns the folder of an installed package, undefined where it is not installed. */
export const folderOf = (name: string): string | undefined => {
  const { createRequire } = builtin("node:module");
  const { dirname } = builtin("node:path");
  for (const origin of origins()) {
    try {
      return dirname(createRequire(origin as string).resolve(`${name}/package.json`));
    } catch {
      // The next origin may do.
    }
  }
  return undefined;
};

const NOT_BUNDLED =
  'Install it beside the program, and mark it as external where a bundler runs: external: ["gradloom"] in esbuild and Rollup, externals in webpack, serverExternalPackages: ["gradloom"] in Next.';

/** Returns a path in the package's dist folder. The package is resolved by name, which works from its sources and from dist. */
export const dist = (...path: string[]): string => {
  const folder = folderOf("gradloom");
  if (folder === undefined) {
    throw new GradloomError("ENGINE_UNAVAILABLE", "the files of the package gradloom are not found.", {
      path: "engine",
      remedy: NOT_BUNDLED,
    });
  }
  const { version } = load(builtin("node:path").join(folder, "package.json")) as { version: string };
  if (typeof GRADLOOM_VERSION === "string" && version !== GRADLOOM_VERSION) {
    const message = `this is gradloom ${GRADLOOM_VERSION}, and ${folder} is ${version}.`;
    throw new GradloomError("ENGINE_UNAVAILABLE", message, { path: "engine", remedy: NOT_BUNDLED });
  }
  return builtin("node:path").join(folder, "dist", ...path);
};

const binaries = (folder: string, name: string): string[] => {
  try {
    const files = builtin("node:fs").readdirSync(folder);
    return files
      .filter((file) => file.startsWith(`${name}.${process.platform}-${process.arch}`))
      .map((file) => builtin("node:path").join(folder, file));
  } catch {
    return [];
  }
};

/** Loads the first binary that works here: Linux has two, one for each C library. Throws ENGINE_UNAVAILABLE where none does. */
export const loadBinary = <A>(folder: string, name: string, remedy: string): A => {
  let cause: unknown;
  for (const file of binaries(folder, name)) {
    try {
      return load(file) as A;
    } catch (error) {
      cause = error;
    }
  }
  const problem = cause
    ? `the native binary does not load (${(cause as Error).message}).`
    : `there is no native binary for ${process.platform}-${process.arch}.`;
  throw new GradloomError("ENGINE_UNAVAILABLE", problem, { path: "engine", remedy, cause });
};

/** Returns the remedy for a missing file, given that of those who have installed packages: a clone builds it. */
export const remedyFor = (install: string): string =>
  /[\\/]node_modules[\\/]/.test(dist())
    ? `${install}, or choose another engine.`
    : "Run npm run build in the clone of gradloom, or choose another engine.";
