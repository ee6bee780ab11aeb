import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

/** The projects that suites run in, by the folder they are in: the first row that fits counts. */
const BY_FOLDER: readonly (readonly [folder: string, projects: readonly string[]])[] = [
  ["tests/gpu/native/", ["gpu"]],
  ["tests/gpu/webgpu/", ["dawn", "browser-gpu"]],
  ["tests/gpu/", ["dawn", "gpu", "browser-gpu"]],
  ["tests/browser/gpu/", ["browser-gpu"]],
  ["tests/browser/", ["browser"]],
  ["tests/interop/", ["interop"]],
  ["tests/server/", ["packaging"]],
  ["tests/packaging/heavy/", ["bundlers"]],
  ["tests/packaging/", ["packaging"]],
];

/** Tells whether a suite takes the library from `tests/engine.ts`. */
const importsEngine = (suite: string, text: string): boolean =>
  [...text.matchAll(/\b(?:from|import) "(\.[^"]+)"/g)].some(
    ([, path]) => posix.join(posix.dirname(suite), path as string) === "tests/engine.ts",
  );

/**
 * Returns the projects that any other suite runs in, in Node: those of both engines, `native` alone where it makes engines itself,
 * or `plain`. There every engine fails: a suite that needs one and is not recognized here fails too.
 */
const byText = (suite: string, text: string): readonly string[] => {
  if (importsEngine(suite, text)) return ["native", "wasm"];
  return /\b(native|wasm)Engine\(/.test(text) ? ["native"] : ["plain"];
};

/** The folders of this repository that hold TypeScript or JavaScript. */
const SOURCES = ["ts", "tests", "examples", "benches", "scripts"];

/** Lists the files that look like suites in a folder of the repository, by their path from its root. */
const suitesIn = (root: string, folder: string): string[] =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .map((file) => `${folder}/${file.replaceAll("\\", "/")}`)
        .filter((file) => /\.(test|spec)\.[cm]?[jt]sx?$/.test(file) && !file.includes("/node_modules/"))
    : [];

/**
 * Reads a repository; returns a function that lists the suites of a project by its name.
 *
 * @throws Error names the files that look like suites, but are in no project
 */
export const placeSuites = (root: string): ((project: string) => string[]) => {
  const suites = SOURCES.flatMap((folder) => suitesIn(root, folder));
  const strays = suites.filter((file) => !/^(ts\/src|tests)\/.*\.test\.ts$/.test(file));
  if (strays.length > 0) {
    throw new Error(`no project runs ${strays.join(", ")}: suites are files .test.ts in ts/src and tests`);
  }
  const projectsOf = (suite: string): readonly string[] =>
    BY_FOLDER.find(([folder]) => suite.startsWith(folder))?.[1] ??
    byText(suite, readFileSync(join(root, suite), "utf8"));
  const placed = suites.map((suite) => [suite, projectsOf(suite)] as const);
  return (project) => placed.filter(([, projects]) => projects.includes(project)).map(([suite]) => suite);
};
