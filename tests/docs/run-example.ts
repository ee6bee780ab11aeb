import { inspect } from "node:util";
import { transformSync } from "esbuild";
import { expect } from "vitest";
import { gl } from "../engine.ts";
import { agrees, instrument } from "./examples.ts";

const AsyncFunction = (async () => {}).constructor as new (
  ...args: string[]
) => (...values: unknown[]) => Promise<void>;

/** Runs an example with `gl` in scope. Returns, by line, the value that a comment claims and the one that was printed. */
export const runExample = async (
  example: string,
): Promise<{ expected: string; printed: string | undefined }[]> => {
  const { code, claims } = instrument(example);
  const body = code.replace(/^import .* from "gradloom";?$/gm, "");
  const js = transformSync(`async () => {${body}\n}`, { loader: "ts", target: "es2022" }).code;
  const printed = new Map<number, string>();
  const claim = (line: number, ...values: unknown[]): void => {
    const show = (value: unknown): string =>
      typeof value === "string" ? value : inspect(value, { depth: 8, breakLength: Number.POSITIVE_INFINITY });
    printed.set(line, values.map(show).join(" "));
  };
  const silent = { ...console, log: () => {} };
  await new AsyncFunction("gl", "claim", "console", `await (${js.trim().replace(/;$/, "")})();`)(
    gl,
    claim,
    silent,
  );
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
