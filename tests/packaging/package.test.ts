import { spawnSync } from "node:child_process";
import { renameSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installPacked, type Project, tool } from "./install.ts";

const step = `
const params = { w: new Float32Array([1, 2, 3]) };
const tx = gl.sgd(0.5);
const [updates] = tx.update({ w: new Float32Array([2, 4, 6]) }, tx.init(params), params);
const next = gl.applyUpdates(params, updates);`;
const show = `console.log(JSON.stringify([...next.w]), gl.getEngine().name);`;
const expected = "[0,0,0] native";

let project: Project;
beforeAll(() => {
  project = installPacked();
}, 120_000);
afterAll(() => project?.remove());

describe("the package", () => {
  it("holds the binary for this platform, the module, types, licences, and no sources", () => {
    expect(project.files.some((file) => /^dist\/native\/gradloom\..+\.node$/.test(file))).toBe(true);
    expect(project.files).toContain("dist/browser/gradloom_bg.wasm");
    expect(project.files).toContain("dist/types/entry/node.d.ts");
    expect(project.files).toContain("LICENSE-MIT");
    expect(project.files).toContain("LICENSE-APACHE");
    expect(project.files).toContain("dist/THIRD-PARTY-LICENSES.txt");
    expect(project.files.filter((file) => /^(ts|tests|crates|bindings|scripts|target)\//.test(file))).toEqual(
      [],
    );
  });

  it("runs as an ES module", () => {
    project.write("step.mjs", `import * as gl from "gradloom";${step}${show}`);
    expect(project.run(process.execPath, "step.mjs").trim()).toBe(expected);
  });

  it("runs as CommonJS", () => {
    project.write("step.cjs", `const gl = require("gradloom");${step}${show}`);
    expect(project.run(process.execPath, "step.cjs").trim()).toBe(expected);
  });

  it("runs on WebAssembly where it is asked for", () => {
    project.write("wasm.mjs", `import * as gl from "gradloom"; gl.setEngine("wasm");${step}${show}`);
    expect(project.run(process.execPath, "wasm.mjs").trim()).toBe("[0,0,0] wasm");
  });

  it("says once where there is no native binary, and only where no engine was chosen", () => {
    const binaries = `${project.folder}/node_modules/gradloom/dist/native`;
    const notice = "process.on('warning', ({ name, message }) => console.log(name, message));";
    const both = `import * as gl from "gradloom"; import { createRequire } from "node:module";
const other = createRequire(import.meta.url)("gradloom");
${notice}${step}other.applyUpdates(params, other.sgd(1).update(params, other.sgd(1).init(params))[0]);${show}`;
    project.write("both.mjs", both);
    project.write(
      "chosen.mjs",
      `import * as gl from "gradloom"; gl.setEngine("wasm"); ${notice}${step}${show}`,
    );
    renameSync(binaries, `${binaries}-away`);
    try {
      const said = project.run(process.execPath, "both.mjs").trim().split("\n");
      expect(said).toHaveLength(2);
      expect(said[0]).toBe("[0,0,0] wasm");
      expect(said[1]).toMatch(
        /^GradloomWarning engine: there is no native binary for \S+\. Install gradloom again,/,
      );
      expect(said[1]).not.toContain("npm run build");
      expect(project.run(process.execPath, "chosen.mjs").trim()).toBe("[0,0,0] wasm");
    } finally {
      renameSync(`${binaries}-away`, binaries);
    }
  });

  it("has import paths that share the state of the library, in both module kinds", () => {
    const same = "console.log(gl.tree === undefined, norm === gl.tree.norm);";
    project.write(
      "path.mjs",
      `import { norm } from "gradloom/tree"; import * as gl from "gradloom"; ${same}`,
    );
    project.write(
      "path.cjs",
      `const { norm } = require("gradloom/tree"); const gl = require("gradloom"); ${same}`,
    );
    expect(project.run(process.execPath, "path.mjs").trim()).toBe("false true");
    expect(project.run(process.execPath, "path.cjs").trim()).toBe("false true");
  });

  it("refuses paths into its inside", () => {
    project.write("inside.mjs", `import "gradloom/dist/node/index.js";`);
    expect(() => project.run(process.execPath, "inside.mjs")).toThrow(/ERR_MODULE_NOT_FOUND|NOT_EXPORTED/);
  });

  it.each(["mts", "cts"])("has types that TypeScript accepts in a .%s file", (extension) => {
    const body = `import * as gl from "gradloom";\nimport { norm } from "gradloom/tree";${step}
const numbers: Float32Array = next.w;\nexport const length: number = norm({ w: numbers });\n`;
    project.write(`typed.${extension}`, body);
    const options = ["--strict", "--module", "nodenext", "--target", "es2022", "--noEmit", "--types", ""];
    project.run(process.execPath, tool("typescript/bin/tsc"), ...options, `typed.${extension}`);
    project.write(`wrong.${extension}`, body.replace("gl.sgd(0.5)", 'gl.sgd("fast")'));
    expect(() =>
      project.run(process.execPath, tool("typescript/bin/tsc"), ...options, `wrong.${extension}`),
    ).toThrow(/TS2345/);
  });

  it.each<[string, string, ...string[]]>([
    ["node16", "mts", "--module", "node16"],
    ["node16", "cts", "--module", "node16"],
    ["nodenext", "mts", "--module", "nodenext"],
    ["bundler", "ts", "--module", "esnext"],
    ["node10", "ts", "--module", "commonjs", "--esModuleInterop"],
    ["bundler, for browsers", "ts", "--module", "esnext", "--customConditions", "browser"],
    ["nodenext, without types of pages", "mts", "--module", "nodenext", "--lib", "es2022"],
  ])(
    "has an `init` that takes every source of the module, with %s in a .%s file",
    (mode, extension, ...flags) => {
      const pages = !flags.includes("--lib");
      const resolution = mode.replace(/,.*/, "");
      const imports = ['import * as gl from "gradloom";'];
      if (resolution !== "node10") imports.push('import wasm from "gradloom/gradloom_bg.wasm";');
      const sources = ["", '"/a.wasm"', "new Uint8Array(8)", "new ArrayBuffer(8)"];
      if (resolution !== "node10") sources.push("wasm");
      if (pages)
        sources.push(
          'new URL("https://a.b/c.wasm")',
          "new Response()",
          'fetch("/a.wasm")',
          "new WebAssembly.Module(new Uint8Array(8))",
        );
      const file = `init-${mode.replaceAll(/[^a-z\d]/g, "")}.${extension}`;
      const lines = sources.map(
        (source) => `export const a${sources.indexOf(source)}: Promise<void> = gl.init(${source});`,
      );
      project.write(file, [...imports, ...lines].join("\n"));
      const options = ["--strict", "--target", "es2022", "--noEmit", "--moduleResolution", resolution];
      // TypeScript 7 has no mode node10.
      const typescript =
        resolution === "node10" ? tool("typescript-lowest/bin/tsc") : tool("typescript/bin/tsc");
      expect(() => project.run(process.execPath, typescript, ...options, ...flags, file)).not.toThrow();
    },
  );

  it("takes the WebAssembly module from a source in Node too, and the native engine stays the default", () => {
    const file = "node_modules/gradloom/dist/browser/gradloom_bg.wasm";
    for (const source of [
      `"${file}"`,
      `new URL("${file}", import.meta.url)`,
      `new Response(readFileSync("${file}"))`,
    ]) {
      const load = `import { readFileSync } from "node:fs"; await gl.init(${source});`;
      const engines = 'console.log(gl.getEngine().name); gl.setEngine("wasm");';
      project.write("source.mjs", `import * as gl from "gradloom"; ${load}${engines}${step}${show}`);
      expect(project.run(process.execPath, "source.mjs").trim()).toBe("native\n[0,0,0] wasm");
    }
    project.write(
      "wrong.mjs",
      `import * as gl from "gradloom"; await gl.init("package.json").catch(({ message }) => console.log(message));`,
    );
    expect(project.run(process.execPath, "wrong.mjs")).toContain("package.json is no WebAssembly module");
  });

  it("is one library for a program that is partly CommonJS", () => {
    project.write(
      "both.mjs",
      `import * as gl from "gradloom"; import { createRequire } from "node:module";
      const other = createRequire(import.meta.url)("gradloom");
      gl.setEngine("wasm");
      console.log(other.GradloomError === gl.GradloomError, other.getEngine().name, Object.keys(other).length === Object.keys(gl).length);`,
    );
    expect(project.run(process.execPath, "both.mjs").trim()).toBe("true wasm true");
  });

  it("says once per process that it runs on WebAssembly, at the first use and not at the import", () => {
    project.write(
      "fallback.mjs",
      `import * as gl from "gradloom"; console.error("imported"); gl.getEngine(); gl.getEngine(); console.error(gl.getEngine().name);`,
    );
    const native = `${project.folder}/node_modules/gradloom/dist/native`;
    renameSync(native, `${native}-away`);
    try {
      const { stderr } = spawnSync(process.execPath, ["fallback.mjs"], {
        cwd: project.folder,
        encoding: "utf8",
      });
      expect(stderr.split("imported")[0]).toBe("");
      expect(stderr).toContain("wasm");
      expect(stderr.match(/GradloomWarning/g)).toHaveLength(1);
    } finally {
      renameSync(`${native}-away`, native);
    }
  });
});

const onGpu = `
import * as gl from "gradloom";
const report = (error) => console.log(JSON.stringify([error.code, error.message]));
const steps = async (engine) => {
  const params = { w: new Float32Array([1, 2, 3]) };
  const train = await gl.TrainState.create({ params, tx: gl.sgd(0.5), engine });
  await train.applyGradients({ w: new Float32Array([2, 4, 6]) });
  console.log(JSON.stringify([...(await train.readParams()).w]), engine.description);
};
await gl.gpu.native().then(steps, report);
`;

describe("the GPU, a package of its own", () => {
  it("is not part of the package", () => {
    expect(project.files.filter((file) => /gpu.*\.node$/.test(file))).toEqual([]);
  });

  it("is asked for where it is not installed", () => {
    project.write("gpu.mjs", onGpu);
    const [code, message] = JSON.parse(project.run(process.execPath, "gpu.mjs")) as [string, string];
    expect(code).toBe("ENGINE_UNAVAILABLE");
    expect(message).toContain("Install the package gradloom-gpu");
  });

  it("takes steps once it is installed, and is nothing but the binary and licences", () => {
    const files = project.add("dist/gpu");
    const [binaries, others] = [/\.node$/, /(?<!\.node)$/].map((kind) =>
      files.filter((file) => kind.test(file)),
    );
    expect(binaries).toEqual([expect.stringMatching(/^gradloom-gpu\..+\.node$/)]);
    expect(others?.sort()).toEqual([
      "LICENSE-APACHE",
      "LICENSE-MIT",
      "THIRD-PARTY-LICENSES.txt",
      "package.json",
    ]);
    expect(project.run(process.execPath, "gpu.mjs")).toMatch(/^\[0,0,0\] wgpu /);
  });
});
