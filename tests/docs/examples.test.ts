import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lexer } from "marked";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { engineName, gl } from "../engine.ts";
import "../gpu/dawn.ts"; // Examples find WebGPU as they do in a page.
import { agrees, examplesIn } from "./examples.ts";
import { sources } from "./exports.ts";
import { expectTruth, runExample } from "./run-example.ts";

// An example may choose an engine: the choice is undone for the next one.
afterEach(() => gl.setEngine(engineName));

// Each example writes its files into a folder of its own that goes away.
const before = process.cwd();
const folder = mkdtempSync(join(tmpdir(), "gradloom-examples-"));
beforeEach(() => process.chdir(mkdtempSync(join(folder, "example-"))));
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

describe("examples in doc comments", () => {
  const examples = examplesIn(sources);

  it("are there", () => {
    expect(examples.length).toBeGreaterThan(20);
  });

  for (const { where, code } of examples) {
    it(`${where} runs and tells the truth`, async () => {
      expect(code).not.toBe("");
      await expectTruth(code);
    });
  }
});

/** Lists the programs of a page: its blocks of code that begin with an import. */
const programsOf = (page: string): string[] =>
  lexer(readFileSync(new URL(`../../${page}`, import.meta.url), "utf8")).flatMap((token) =>
    token.type === "code" && token.text.startsWith("import ") ? [token.text as string] : [],
  );

describe("the programs of the README", () => {
  const programs = programsOf("README.md");

  it("begin with one that tells the truth", async () => {
    expect(await runExample(programs[0] as string)).not.toEqual([]);
    await expectTruth(programs[0] as string);
  });

  /** What the short programs for other libraries take as given. */
  const given = {
    "gradloom/tfjs": `
import * as tf from "@tensorflow/tfjs";
const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });`,
    "gradloom/jax": `
import { grad, numpy as np, tree } from "@jax-js/jax";
const params = { w: np.array([1, 2]) };
const loss = ({ w }) => np.square(w).sum();`,
    "gradloom/safetensors": `
const tx = gl.adamw(1e-3);
const train = gl.TrainState.create({ params: { w: new Float32Array(2) }, tx });`,
  };

  it.each(Object.entries(given))("go on with one that imports %s, which runs", async (path, before) => {
    const program = programs.find((text) => text.includes(`from "${path}"`));
    expect(program).toBeTypeOf("string");
    await runExample(`${before}\n${program}`);
  });

  it("are no others", () => {
    expect(programs).toHaveLength(1 + Object.keys(given).length);
  });
});

describe("the programs of docs/checkpoints.md", () => {
  /** What each program takes as given. */
  const given = {
    "load, save": `
const tx = gl.adamw(1e-3);
const train = gl.TrainState.create({ params: { w: new Float32Array(2) }, tx });`,
    CheckpointManager: `
const [tx, params, loss] = [gl.adamw(1e-3), { w: new Float32Array(2) }, 0.5];`,
    "carryOver, load": `
import { save } from "gradloom/safetensors";
const tx = gl.adamw(1e-3);
const w = () => new Float32Array(2);
await save("run.safetensors", gl.TrainState.create({ params: { encoder: { w: w() } }, tx }));
const params = { backbone: { w: w() }, head: w() };`,
    "fromTorch, loadFile, torchKernels": `
import { saveFile } from "gradloom/safetensors";
const tx = gl.adamw(1e-3);
await saveFile("model.safetensors", { "dense.weight": gl.tensor(new Float32Array(6), [3, 2]) });
const initial = { dense: { kernel: gl.tensor(new Float32Array(6), [2, 3]) } };`,
  };
  const programs = programsOf("docs/checkpoints.md");

  it.each(Object.entries(given))("one that imports %s runs", async (names, before) => {
    const program = programs.find((text) => text.includes(`import { ${names} } from "gradloom/safetensors"`));
    expect(program).toBeTypeOf("string");
    await runExample(`${before}\n${program}`);
  });

  it("are no others", () => {
    expect(programs).toHaveLength(Object.keys(given).length);
  });
});

describe("the check of examples", () => {
  it("finds a wrong claim", async () => {
    const [claim] = await runExample("console.log(1 + 1); // 3");
    expect(claim).toEqual({ expected: "3", printed: "2" });
    expect(agrees("2", "3")).toBe(false);
    expect(agrees("Float32Array(2) [ 0.1, 2 ]", "[0.1, 3]")).toBe(false);
  });
});
