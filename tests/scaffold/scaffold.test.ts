import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
// @ts-expect-error: a script has no types
import { create } from "../../scripts/new.mjs";
import { expectClose } from "../conformance/compare.ts";
import { load } from "../conformance/node-fixtures.ts";
import { type Row, readRows } from "../conformance/rows.ts";
import { type Library, runPure } from "../conformance/run.ts";
import { flat, fromStored, type Inputs } from "../conformance/trees.ts";
import { gl } from "../engine.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
mkdirSync(join(root, "target"), { recursive: true });
const base = mkdtempSync(join(root, "target", "scaffold-"));
afterAll(() => rmSync(base, { recursive: true }));
for (const folder of ["ts/src", "tests/golden/cases"])
  cpSync(join(root, folder), join(base, folder), { recursive: true });

const read = (folder: string, path: string): string => readFileSync(join(folder, path), "utf8");
const inputs = load("inputs.json") as Inputs;

/** Computes the updates that the templates document: `t = g + decay * t`, and the update is `factor * t`. */
const documented = ({ tree, grads, steps }: Row, decay: number, factor: number): number[][] => {
  let trace: number[] = [];
  return inputs[tree]!.grads[grads]!.slice(0, steps).map((stored) => {
    trace = flat(fromStored(stored, Float64Array)).map((g, i) => g + decay * (trace[i] ?? 0));
    return trace.map((t) => factor * t);
  });
};

const made = [
  { kind: "optimizer", file: "my-optimizer", name: "myOptimizer", factor: -0.1 },
  { kind: "transformation", file: "scale-by-mine", name: "scaleByMine", factor: 1 },
].map((one) => ({ ...one, places: create(one.kind, one.file, base) as [string, string, string] }));
const copy: Library = await import(join(base, "ts/src/index.ts"));
copy.setEngine(gl.getEngine());

describe("npm run new", () => {
  it.each(made)("adds one line to the index for a new $kind", ({ file, places: [, index] }) => {
    const before = read(root, index).split("\n");
    const added = read(base, index)
      .split("\n")
      .filter((line) => !before.includes(line));
    expect(added).toEqual([`export * from "./${file}.ts";`]);
  });

  it.each(made)("makes a $kind whose golden rows give what it documents", ({ name, factor, places }) => {
    const rows = readRows(read(base, places[2])).filter((row) => row.covers === name);
    expect(rows.map(({ variant }) => variant)).toEqual(["default", "options"]);
    for (const [i, decay] of [0.9, 0.5].entries()) {
      const row = rows[i] as Row;
      const { perStep } = runPure(copy, row, inputs, Float64Array);
      const expected = documented(row, decay, factor);
      expect(perStep).toHaveLength(expected.length);
      perStep.forEach((updates, step) => {
        expectClose(updates, expected[step] as number[], 1e-12, `${row.variant}, step ${step}`);
      });
    }
  });

  it.each(made)("names an Optax function and all options in the rows of a $kind", ({ name, places }) => {
    const [defaults, options] = readRows(read(base, places[2])).filter((row) => row.covers === name);
    const optax = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    for (const row of [defaults, options]) expect(row?.optax).toContain(`optax.${optax}(`);
    expect(options?.optax).not.toBe(defaults?.optax);
  });

  it("refuses a name that is taken, or none", () => {
    expect(() => create("optimizer", "adam", base)).toThrow("is there already");
    expect(() => create("optimizer", "My Optimizer", base)).toThrow("Usage");
    expect(() => create("schedule", "mine", base)).toThrow("Usage");
  });
});
