import { inspect } from "node:util";
import { transformSync } from "esbuild";
import { afterEach, describe, expect, it } from "vitest";
import { engineName, gl } from "../engine.ts";
import "../gpu/dawn.ts"; // Examples find WebGPU as they do in a page.
import { agrees, examplesIn, instrument } from "./examples.ts";
import { sources } from "./exports.ts";

const AsyncFunction = (async () => {}).constructor as new (
  ...args: string[]
) => (...values: unknown[]) => Promise<void>;

/** Runs an example with `gl` in scope; returns what it claimed and what came out, by line. */
const runExample = async (example: string): Promise<{ expected: string; printed: string | undefined }[]> => {
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

describe("examples in doc comments", () => {
  // An example may choose an engine; the next one shall not feel it.
  afterEach(() => gl.setEngine(engineName));

  const examples = examplesIn(sources);

  it("are there", () => {
    expect(examples.length).toBeGreaterThan(20);
  });

  for (const { where, code } of examples) {
    it(`${where} runs and tells the truth`, async () => {
      expect(code).not.toBe("");
      for (const { expected, printed } of await runExample(code)) {
        const said = unquoted(expected);
        if (printed === undefined || !(agrees(printed, expected) || agrees(printed, said))) {
          expect.fail(
            `the comment says ${expected}, the code gives ${printed ?? "nothing: it was not reached"}`,
          );
        }
      }
    });
  }
});

describe("the check of examples", () => {
  it("finds a wrong claim", async () => {
    const [claim] = await runExample("console.log(1 + 1); // 3");
    expect(claim).toEqual({ expected: "3", printed: "2" });
    expect(agrees("2", "3")).toBe(false);
    expect(agrees("Float32Array(2) [ 0.1, 2 ]", "[0.1, 3]")).toBe(false);
  });
});
