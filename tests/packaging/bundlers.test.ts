import { spawn } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
// @ts-expect-error: a script has no types
import { bundlerPath } from "../../scripts/setup/bundlers.mjs";
import { installPacked, type Project, tool } from "./install.ts";
import { expected, html, program, serving, startBrowser, type Visit, type Visitor } from "./page.ts";

let project: Project;
let browser: Visitor;
beforeAll(async () => {
  project = installPacked();
  browser = await startBrowser();
});
afterEach(() => rmSync(join(project.folder, "out"), { recursive: true, force: true }));
afterAll(async () => {
  await browser?.close();
  project?.remove();
});

const path = (of: string): string => JSON.stringify(bundlerPath(of));

/** Runs a bundler's functions in a process of its own. */
const bundle = (code: string): void => {
  project.write("bundle.cjs", code);
  project.run(process.execPath, "bundle.cjs");
};

const webpack = (): void =>
  bundle(`require(${path("webpack")})(
    { mode: "production", entry: "./main.js", output: { path: __dirname + "/out" }, performance: false, optimization: { minimize: false } },
    (error, stats) => { if (error || stats.hasErrors()) { console.error(error ?? stats.toString()); process.exit(1); } },
  );`);

const rollup = (output: object): void =>
  bundle(`const { nodeResolve } = require(${path("@rollup/plugin-node-resolve")});
    require(${path("rollup")}).rollup({ input: "main.js", plugins: [nodeResolve({ browser: true })] })
      .then((bundle) => bundle.write(${JSON.stringify(output)}))
      .catch((error) => { console.error(error); process.exit(1); });`);

const esbuild = (options: object): void =>
  bundle(`require(${JSON.stringify(tool("esbuild"))}).build(
    { entryPoints: ["main.js"], bundle: true, outdir: "out", ...${JSON.stringify(options)} });`);

const vite = (version: number): string => bundlerPath(`vite${version}/bin/vite.js`);

/** Whether a page has got WebAssembly from its file, or from the packed copy because a bundler has left out the file. */
const origins = ({ files }: Visit) => ({
  packed: files.some((file) => /packed/.test(file)),
  file: files.some((file) => /\.wasm$/.test(file)),
});

/** Builds the page's program and visits the result. */
const visitBuilt = (build: () => void, type: "module" | "script", headers?: Record<string, string>) => {
  build();
  if (!readdirSync(join(project.folder, "out")).includes("index.html"))
    project.write("out/index.html", html(type));
  return serving(join(project.folder, "out"), (url) => browser.visit(url), headers);
};

describe("gl.init() in a page, without configuration", () => {
  it.each([5, 6, 7, 8])("works in the dev server of Vite %i", async (version) => {
    project.write("main.js", program());
    project.write("index.html", html("module"));
    const server = spawn(process.execPath, [vite(version), "--host", "localhost", "--port", "0"], {
      cwd: project.folder,
      env: { ...process.env, NO_COLOR: "1" },
    });
    try {
      const url = await new Promise<string>((resolve, reject) => {
        let text = "";
        const read = (chunk: Buffer): void => {
          text += chunk;
          const found = /http:\/\/localhost:\d+\//.exec(text);
          if (found) resolve(found[0]);
        };
        server.stdout.on("data", read);
        server.stderr.on("data", read);
        server.once("exit", () => reject(new Error(text)));
      });
      expect((await browser.visit(url)).result).toBe(expected);
    } finally {
      server.kill();
    }
  });

  it.each([5, 6, 7, 8])("works after a build of Vite %i", async (version) => {
    project.write("main.js", program());
    project.write("index.html", html("module"));
    const build = () =>
      void project.run(process.execPath, vite(version), "build", "--outDir", "out", "--base", "./");
    const visit = await visitBuilt(build, "module");
    expect(visit.result).toBe(expected);
    expect(origins(visit)).toEqual({ packed: false, file: true });
  });

  it("works with webpack", async () => {
    project.write("main.js", program());
    const visit = await visitBuilt(webpack, "script");
    expect(visit.result).toBe(expected);
    expect(origins(visit)).toEqual({ packed: false, file: true });
  });

  it("works with webpack where the program is CommonJS", async () => {
    project.write(
      "main.js",
      program().replace('import * as gl from "gradloom"', 'const gl = require("gradloom")'),
    );
    expect((await visitBuilt(webpack, "script")).result).toBe(expected);
  });

  it("works with Parcel", async () => {
    project.write("main.js", program());
    project.write("index.html", html("module"));
    const parcel = bundlerPath("parcel/lib/bin.js");
    const build = () =>
      void project.run(process.execPath, parcel, "build", "index.html", "--dist-dir", "out");
    const visit = await visitBuilt(build, "module");
    expect(visit.result).toBe(expected);
    expect(origins(visit)).toEqual({ packed: false, file: true });
  });

  it("works with Rollup, from the packed copy in a file of its own", async () => {
    project.write("main.js", program());
    const visit = await visitBuilt(() => rollup({ dir: "out" }), "module");
    expect(visit.result).toBe(expected);
    expect(origins(visit)).toEqual({ packed: true, file: true });
  });

  it("works with Rollup in one file, with the line that Rollup asks for", async () => {
    project.write("main.js", program());
    expect(() => rollup({ file: "out/main.js", format: "iife" })).toThrow(/code-splitting/);
    const one = () => rollup({ file: "out/main.js", format: "iife", inlineDynamicImports: true });
    expect((await visitBuilt(one, "script")).result).toBe(expected);
  });

  it.each<[string, object, "module" | "script", boolean]>([
    ["an ES module", { format: "esm" }, "module", false],
    ["several files", { format: "esm", splitting: true }, "module", true],
    ["a script", { format: "iife" }, "script", false],
  ])("works with esbuild, from the packed copy, as %s", async (_, options, type, packed) => {
    project.write("main.js", program());
    const visit = await visitBuilt(() => esbuild(options), type);
    expect(visit.result).toBe(expected);
    expect(origins(visit).packed).toBe(packed);
  });

  it("works without a bundler", async () => {
    const main = program().replace('"gradloom"', '"./node_modules/gradloom/dist/browser/index.js"');
    project.write("main.js", main);
    project.write("index.html", html("module"));
    const visit = await serving(project.folder, (url) => browser.visit(url));
    expect(visit.result).toBe(expected);
    expect(origins(visit)).toEqual({ packed: false, file: true });
  });
});

describe("the WebAssembly file", () => {
  it("is imported by its name with Vite", async () => {
    const main = `import source from "gradloom/gradloom_bg.wasm?url";\n${program("gl.init(source)")}`;
    project.write("main.js", main);
    project.write("index.html", html("module"));
    const build = () => void project.run(process.execPath, vite(8), "build", "--outDir", "out");
    const visit = await visitBuilt(build, "module");
    expect(visit.result).toBe(expected);
    expect(origins(visit)).toEqual({ packed: false, file: true });
  });

  it("is imported by its name with esbuild", async () => {
    project.write(
      "main.js",
      `import source from "gradloom/gradloom_bg.wasm";\n${program("gl.init(source)")}`,
    );
    const build = () => esbuild({ format: "esm", splitting: true, loader: { ".wasm": "file" } });
    const visit = await visitBuilt(build, "module");
    expect(visit.result).toBe(expected);
    expect(origins(visit)).toEqual({ packed: false, file: true });
  });

  it("cannot be loaded where it is nowhere: the error says so", async () => {
    project.write("main.js", program());
    esbuild({ format: "esm", splitting: true });
    for (const file of readdirSync(join(project.folder, "out")))
      if (file.startsWith("packed")) rmSync(join(project.folder, "out", file));
    const { result } = await visitBuilt(() => {}, "module");
    expect(result).toMatch(/HTTP 404 for http:\S+gradloom_bg\.wasm/);
  });

  it("is refused where a page comes instead: the error says so", async () => {
    project.write("main.js", program('gl.init("/index.html")'));
    const { result } = await visitBuilt(() => esbuild({ format: "esm" }), "module");
    expect(result).toMatch(/index\.html is no WebAssembly module: it begins with "<!doctype html/);
  });

  it("does not compile where the page's policy forbids it: the error says what to add", async () => {
    project.write("main.js", program());
    const build = () => esbuild({ format: "esm", splitting: true });
    const strict = { "Content-Security-Policy": "script-src 'self'" };
    expect((await visitBuilt(build, "module", strict)).result).toContain("Add 'wasm-unsafe-eval'");
    const open = { "Content-Security-Policy": "script-src 'self' 'wasm-unsafe-eval'" };
    expect((await visitBuilt(() => {}, "module", open)).result).toBe(expected);
  });
});
