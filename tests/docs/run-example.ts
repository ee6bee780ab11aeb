import { inspect } from "node:util";
import { transformSync } from "esbuild";
import { expect } from "vitest";
import { gl } from "../engine.ts";
import { agrees, instrument } from "./examples.ts";

const AsyncFunction = (async () => {}).constructor as new (
  ...args: string[]
) => (...values: unknown[]) => Promise<void>;

const IMPORT = /^import (?:\* as (\w+)|\{([^}]*)\}) from "([^"]+)";?(?: \/\/.*)?$/gm;

/** Turns the imports of a program into calls of `importModule`; `gradloom` itself is in scope as `gl`. */
const withoutImports = (code: string): string =>
  code.replace(IMPORT, (_, namespace: string | undefined, names: string | undefined, from: string) => {
    if (from === "gradloom") return "";
    const target = namespace ?? `{ ${names?.replace(/(\w+) as (\w+)/g, "$1: $2")} }`;
    return `const ${target} = await importModule("${from}");`;
  });

/** Imports a module: that of an import path of the library from its sources. */
const importModule = (name: string): Promise<unknown> => {
  const [, path] = /^gradloom\/(.+)$/.exec(name) ?? [];
  return import(path ? new URL(`../../ts/src/${path}/index.ts`, import.meta.url).href : name);
};

/** Runs an example with `gl` in scope. Returns, by line, the value that a comment claims and the one that was printed. */
export const runExample = async (
  example: string,
): Promise<{ expected: string; printed: string | undefined }[]> => {
  const { code, claims } = instrument(example);
  const js = transformSync(`async () => {${withoutImports(code)}\n}`, {
    loader: "ts",
    target: "es2022",
  }).code;
  const printed = new Map<number, string>();
  const claim = (line: number, ...values: unknown[]): void => {
    const show = (value: unknown): string =>
      typeof value === "string" ? value : inspect(value, { depth: 8, breakLength: Number.POSITIVE_INFINITY });
    printed.set(line, values.map(show).join(" "));
  };
  const silent = { ...console, log: () => {} };
  await new AsyncFunction(
    "gl",
    "importModule",
    "claim",
    "console",
    `await (${js.trim().replace(/;$/, "")})();`,
  )(gl, importModule, claim, silent);
  return claims.map(({ line, expected }) => ({ expected, printed: printed.get(line) }));
};

const unquoted = (text: string): string => text.replace(/^(["'])(.*)\1$/, "$2");

/** Runs an example and expects every printed value to be the one that its comment claims. */
export const expectTruth = async (example: string): Promise<void> => {
  for (const { expected, printed } of await runExample(example)) {
    const said = unquoted(expected);
    if (printed === undefined || !(agrees(printed, expected) || agrees(printed, said))) {
      expect.fail(`the comment says ${expected}, the code gives ${printed ?? "nothing: it was not reached"}`);
    }
  }
};
