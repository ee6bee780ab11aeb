import { describe, expect, it } from "vitest";
// @ts-expect-error: a script has no types
import { checkLayers } from "../../scripts/check/layers.mjs";
import { folderWith } from "./folder.ts";

const error = "export class GradloomError extends Error {}\n";

describe("the layers of ts/src", () => {
  it("allow an import along an arrow", async () => {
    const leaf = 'import { GradloomError } from "../error.ts";\nexport const leaf = GradloomError;\n';
    expect(await checkLayers(folderWith({ "error.ts": error, "pytree/leaf.ts": leaf }))).toEqual([]);
  });

  it.each([
    'import { leaf } from "./pytree/leaf.ts";',
    'import type { Leaf } from "./pytree/leaf.ts";',
    'import "./pytree/leaf.ts";',
    'export { leaf } from "./pytree/leaf.ts";',
    'export * as leaves from "./pytree/leaf.ts";',
    'export const load = () => import("./pytree/leaf.ts");',
    'declare module "./pytree/leaf.ts" {}',
    'declare module "#other" { import { leaf } from "./pytree/leaf.ts"; }',
  ])("refuse one against the arrows: %s", async (wrong) => {
    const folder = folderWith({ "error.ts": wrong, "pytree/leaf.ts": "export const leaf = 1;\n" });
    expect(await checkLayers(folder)).toEqual(["ts/src/error.ts may not import pytree/leaf.ts"]);
  });

  it.each(["gradloom", "gradloom/contrib", "node:module", "../../dist/node/index.js", "./error.test.ts"])(
    "refuse an import around the arrows: %s",
    async (name) => {
      const [problem] = await checkLayers(folderWith({ "error.ts": `import * as all from "${name}";` }));
      expect(problem).toBe(`ts/src/error.ts may not import ${name.replace(/^\.\//, "")}`);
    },
  );

  it.each([
    ["type A = ", 'import("./other.ts").A'],
    ["", 'import a = require("./other.ts");'],
    ["const a = ", 'require("./other.ts")'],
    ["const a = ", "import(name)"],
    ["", '/// <reference path="./other.ts" />'],
  ])("refuse what is no import statement: %s%s", async (before, text) => {
    const [problem] = await checkLayers(folderWith({ "pytree/leaf.ts": `${before}${text}` }));
    expect(problem).toBe(`ts/src/pytree/leaf.ts: make \`${text}\` an import statement`);
  });

  it("let one file ask for modules of Node, which none may import", async () => {
    const asks = "process.getBuiltinModule(name)";
    expect(await checkLayers(folderWith({ "engine/binary.ts": asks }))).toEqual([]);
    expect(await checkLayers(folderWith({ "engine/native.ts": asks }))).toEqual([
      `ts/src/engine/native.ts: make \`${asks}\` an import statement`,
    ]);
    expect(await checkLayers(folderWith({ "engine/binary.ts": 'import "node:fs";' }))).toEqual([
      "ts/src/engine/binary.ts may not import node:fs",
    ]);
  });

  it.each(["error.mts", "error.js", "pytree/leaf.tsx"])(
    "refuse a file whose imports are not read: %s",
    async (file) => {
      const [problem] = await checkLayers(folderWith({ [file]: "" }));
      expect(problem).toBe(`ts/src/${file}: only files .ts are checked for their imports`);
    },
  );

  it("refuse a part without a place", async () => {
    const [problem] = await checkLayers(folderWith({ "misc/mine.ts": "export const mine = 1;\n" }));
    expect(problem).toBe("ts/src/misc/mine.ts: misc has no place in scripts/check/layers.mjs");
  });
});
