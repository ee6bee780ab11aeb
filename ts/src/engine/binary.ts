import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { GradloomError } from "../error.ts";

const require = createRequire(import.meta.url);

/** Returns a path in the package's dist folder. The package is resolved by name, which works from its sources and from dist. */
export const dist = (...path: string[]): string => join(folderOf("gradloom"), "dist", ...path);

/** Returns the folder of an installed package. Throws where it is not installed. */
export const folderOf = (name: string): string => dirname(require.resolve(`${name}/package.json`));

const binaries = (folder: string, name: string): string[] => {
  try {
    const files = readdirSync(folder);
    return files
      .filter((file) => file.startsWith(`${name}.${process.platform}-${process.arch}`))
      .map((file) => join(folder, file));
  } catch {
    return [];
  }
};

/** Loads the first binary that works here: Linux has two, one for each C library. */
export const loadBinary = <A>(folder: string, name: string, remedy: string): A | GradloomError => {
  let cause: unknown;
  for (const file of binaries(folder, name)) {
    try {
      return require(file) as A;
    } catch (error) {
      cause = error;
    }
  }
  const problem = cause
    ? `the native binary does not load (${(cause as Error).message}).`
    : `there is no native binary for ${process.platform}-${process.arch}.`;
  return new GradloomError("ENGINE_UNAVAILABLE", problem, { path: "engine", remedy, cause });
};
