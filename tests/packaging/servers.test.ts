import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
// @ts-expect-error: a script has no types
import { bundlerPath } from "../../scripts/setup/bundlers.mjs";
import { installPacked, type Project, tool } from "./install.ts";

let project: Project;
/** A folder from which the package is not found. */
let away: string;
beforeAll(() => {
  project = installPacked();
  away = mkdtempSync(join(tmpdir(), "gradloom-away-"));
});
afterAll(() => {
  project?.remove();
  if (away) rmSync(away, { recursive: true, force: true });
});

const body = `
const result = [typeof gl.adam];
try {
  const train = gl.TrainState.create({ params: { w: Float32Array.of(1, 2) }, tx: gl.sgd(0.5) });
  train.applyGradients({ w: Float32Array.of(2, 6) });
  result.push(String(train.params.w), gl.getEngine().name);
} catch (error) {
  result.push(error.code, error.message);
}
console.log(JSON.stringify(result));
`;
const PROGRAMS = {
  "server.mjs": `import * as gl from "gradloom";${body}`,
  "server.cjs": `const gl = require("gradloom");${body}`,
};
type Program = keyof typeof PROGRAMS;

const bundle = (code: string): void => {
  for (const [file, text] of Object.entries(PROGRAMS)) project.write(file, text);
  project.write("bundle.cjs", code);
  project.run(process.execPath, "bundle.cjs");
};

const path = (of: string): string => JSON.stringify(bundlerPath(of));
const fails = "(error) => { console.error(error); process.exit(1); }";

const esbuild = (program: Program, format: "cjs" | "esm") => (outfile: string) =>
  bundle(`require(${JSON.stringify(tool("esbuild"))}).build(
    { entryPoints: ["${program}"], bundle: true, platform: "node", format: "${format}", outfile: "${outfile}" });`);

const webpack = (program: Program, options: string, output: string) => (outfile: string) =>
  bundle(`require(${path("webpack")})(
    { mode: "production", target: "node", optimization: { minimize: false }, entry: "./${program}", ${options}
      output: { path: __dirname, filename: "${outfile}", ${output} } },
    (error, stats) => { if (error || stats.hasErrors()) (${fails})(error ?? stats.toString()); });`);

const rollup = (outfile: string): void =>
  bundle(`const { nodeResolve } = require(${path("@rollup/plugin-node-resolve")});
    const { default: commonjs } = require(${path("@rollup/plugin-commonjs")});
    require(${path("rollup")}).rollup({ input: "server.mjs", plugins: [nodeResolve(), commonjs()] })
      .then((bundle) => bundle.write({ file: "${outfile}" })).catch(${fails});`);

const vite = (version: number) => (outfile: string) => {
  const output = `rollupOptions: { output: { entryFileNames: "${outfile}" } }`;
  bundle(`import(${path(`vite${version}/dist/node/index.js`)}).then(({ build }) => build({
    logLevel: "error", ssr: { noExternal: true },
    build: { ssr: "server.mjs", outDir: ".", emptyOutDir: false, ${output} },
  })).catch(${fails});`);
};

const run = (file: string): unknown => JSON.parse(project.run(process.execPath, file));

describe("a program for Node that a bundler has made", () => {
  it.each<[string, string, (outfile: string) => void]>([
    ["esbuild, from an ES module to CommonJS", "a.cjs", esbuild("server.mjs", "cjs")],
    ["esbuild, from an ES module to one", "b.mjs", esbuild("server.mjs", "esm")],
    ["esbuild, from CommonJS to CommonJS", "c.cjs", esbuild("server.cjs", "cjs")],
    ["esbuild, from CommonJS to an ES module", "d.mjs", esbuild("server.cjs", "esm")],
    ["webpack", "e.cjs", webpack("server.mjs", "", "")],
    [
      "webpack, to an ES module",
      "f.mjs",
      webpack("server.mjs", "experiments: { outputModule: true },", "module: true"),
    ],
    ["Rollup", "g.mjs", rollup],
    ["Vite 5", "h.mjs", vite(5)],
    ["Vite 8", "i.mjs", vite(8)],
  ])("runs where the package is installed, and says what to do where it is not: %s", (_, file, build) => {
    build(file);
    expect(run(file)).toEqual(["function", "0,-1", "native"]);
    cpSync(join(project.folder, file), join(away, file));
    const [imported, code, message] = run(join(away, file)) as string[];
    expect([imported, code]).toEqual(["function", "ENGINE_UNAVAILABLE"]);
    expect(message).toMatch(/mark it as external/);
  });

  it("refuses the files of another version", () => {
    esbuild("server.mjs", "cjs")("k.cjs");
    const description = join(project.folder, "node_modules/gradloom/package.json");
    const text = readFileSync(description, "utf8");
    writeFileSync(description, text.replace(/"version": "[^"]+"/, '"version": "99.0.0"'));
    try {
      expect(run("k.cjs")).toEqual([
        "function",
        "ENGINE_UNAVAILABLE",
        expect.stringMatching(/this is gradloom \S+, and .*node_modules.gradloom is 99\.0\.0/),
      ]);
    } finally {
      writeFileSync(description, text);
    }
  });
});

describe("Jest", () => {
  it.each(["jest-environment-node", "jest-environment-jsdom"])(
    "takes steps on both engines: %s",
    (environment) => {
      project.write(
        "jest/step.test.js",
        `const gl = require("gradloom");
      const { norm } = require("gradloom/tree");
      test.each(["native", "wasm"])("%s", async (engine) => {
        await gl.init();
        const tx = gl.chain(gl.clipByGlobalNorm(1), gl.adam(0.5));
        const train = gl.TrainState.create({ params: { w: Float32Array.of(1, 2) }, tx, engine });
        train.applyGradients({ w: Float32Array.of(2, 6) });
        expect([...train.params.w].map((x) => x.toFixed(2))).toEqual(["0.50", "1.50"]);
        expect(norm({ w: Float32Array.of(3, 4) })).toBe(5);
        expect(() => train.applyGradients({ w: Float32Array.of(1) })).toThrow(gl.GradloomError);
        expect(gl.TrainState.create({ ...train.snapshot(), tx, engine }).params.w).toHaveLength(2);
      });`,
      );
      const config = {
        testEnvironment: bundlerPath(`${environment}/build/index.js`),
        rootDir: "jest",
        transform: {},
      };
      project.write("jest.config.json", JSON.stringify(config));
      const jest = bundlerPath("jest/bin/jest.js");
      expect(() => project.run(process.execPath, jest, "--config", "jest.config.json")).not.toThrow();
    },
  );
});
