import { describe, expect, it } from "vitest";
import { placeSuites } from "../places.ts";
import { folderWith } from "./folder.ts";

const PROJECTS = [
  "native",
  "wasm",
  "plain",
  "dawn",
  "gpu",
  "browser-gpu",
  "browser",
  "packaging",
  "bundlers",
];

/** Lists the projects that a suite runs in. */
const projectsOf = (file: string, text = ""): string[] => {
  const suitesOf = placeSuites(folderWith({ [file]: text }));
  return PROJECTS.filter((project) => suitesOf(project).includes(file));
};

/** Writes a call of a function: here no call may stand, or this suite would be placed by it. */
const calling = (name: string): string => `const engine = ${name}();`;

describe("the projects of a suite", () => {
  it.each([
    ["tests/gpu/native/a.test.ts", ["gpu"]],
    ["tests/gpu/webgpu/a.test.ts", ["dawn", "browser-gpu"]],
    ["tests/gpu/deep/a.test.ts", ["dawn", "gpu", "browser-gpu"]],
    ["tests/browser/gpu/deep/a.test.ts", ["browser-gpu"]],
    ["tests/browser/deep/a.test.ts", ["browser"]],
    ["tests/packaging/heavy/a.test.ts", ["bundlers"]],
    ["tests/packaging/deep/a.test.ts", ["packaging"]],
  ])("follow from its folder: %s", (file, projects) => {
    expect(projectsOf(file)).toEqual(projects);
  });

  it.each([
    ['import { gl } from "../../../tests/engine.ts";', ["native", "wasm"]],
    [calling("nativeEngine"), ["native"]],
    [calling("wasmEngine"), ["native"]],
    ['import { sgd } from "./sgd.ts";', ["plain"]],
  ])("follow from its text where it runs in Node: %s", (text, projects) => {
    expect(projectsOf("ts/src/optimizers/sgd.test.ts", text)).toEqual(projects);
  });

  it.each([
    "tests/check/a.spec.ts",
    "tests/check/a.test.mts",
    "tests/browser/a.test.tsx",
    "ts/src/a.test.js",
    "ts/a.test.ts",
    "scripts/check/a.test.mjs",
    "benches/a.test.ts",
  ])("are demanded of every file that looks like one: %s", (file) => {
    expect(() => projectsOf(file)).toThrow(`no project runs ${file}`);
  });
});
