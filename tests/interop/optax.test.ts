import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as gl from "../../ts/src/entry/node.ts";
import * as optimizers from "../../ts/src/optimizers/index.ts";
import { fromOptax, type OptaxCheckpoint, toOptax } from "../../ts/src/safetensors/interop/index.ts";
import { expectClose, expectCloseNumbers } from "../conformance/compare.ts";
import { expectEnd, type Fixture } from "../conformance/conformance.ts";
import { rows as everyRow, load } from "../conformance/node-fixtures.ts";
import type { Row } from "../conformance/rows.ts";
import { dataFor, evaluate, type Library, type Outcome, runInPlace } from "../conformance/run.ts";
import { byPath, flat, type Inputs } from "../conformance/trees.ts";
import { readTensors, writeTensors } from "./files.ts";
import { python } from "./python.ts";

/** The optimizers of the library by the names that rows have for them. */
const aliases = [
  ...Object.keys(optimizers),
  ...Object.keys(gl.contrib)
    .filter((name) => /^[a-z]/.test(name) && !name.startsWith("scaleBy"))
    .map((name) => `contrib.${name}`),
];

/** The transformations around others whose states have parts of their own. */
const wrappers = [
  ...[
    "chain",
    "namedChain",
    "masked",
    "partition",
    "injectHyperparams",
    "applyIfFinite",
    "MultiSteps",
    "flatten",
  ],
  ...["conditionallyTransform", "lookahead", "selectiveTransform"],
];

/** Returns the first row of a name, which for optimizers has the defaults, if it can be stopped. */
const rowsOf = (name: string): readonly Row[] =>
  everyRow
    .filter(({ covers, kind, double }) => covers === name && kind === "transformation" && double !== "only")
    .filter(({ steps }) => steps > 1)
    .slice(0, 1);

/** Rows with moments in half precision, and with counts of schedules. */
const more = everyRow.filter(({ file }) =>
  ["adam.mu-dtype.json", "lion.mu-dtype.json", "sgd.momentum-schedule.json"].includes(file),
);

const rows = [...[...aliases, ...wrappers].flatMap(rowsOf), ...more];

/** Names without such a row: one that is no optimizer, and two that take a gradient for each example. */
const OTHERS = ["contrib.scheduleFreeEvalParams", "contrib.differentiallyPrivateAggregate", "contrib.dpsgd"];

const root = mkdtempSync(join(tmpdir(), "gradloom-optax-"));
const inputs = load("inputs.json") as Inputs;

const folderOf = (row: Row): string => join(root, row.file.replace(/\.json$/, ""));

const read = (folder: string): OptaxCheckpoint => ({
  model: readTensors(join(folder, "model.safetensors")),
  optimizer: readTensors(join(folder, "optimizer.safetensors")),
});

const write = (folder: string, { model, optimizer }: OptaxCheckpoint): void => {
  writeTensors(join(folder, "model.safetensors"), model ?? {});
  writeTensors(join(folder, "optimizer.safetensors"), optimizer);
};

/** Runs a row in this library: calls `resume` in the middle. */
const run = (row: Row, resume: (train: Library, makeTx: () => Library) => unknown): Outcome =>
  runInPlace(gl, row, inputs, Float32Array, undefined, resume);

const paramsOf = (row: Row) => dataFor(row, inputs, Float32Array).params;

describe("checkpoints of Optax, in the layout of flax.serialization", () => {
  beforeAll(() => {
    for (const row of rows) {
      run(row, (train) => write(join(folderOf(row), "ours"), toOptax(train.snapshot())));
    }
    python("optax_rows.py", root);
  }, 600_000);

  afterAll(() => rmSync(root, { recursive: true }));

  it("are read and written for every optimizer that Optax has", () => {
    const covered = new Set(rows.map(({ covers }) => covers));
    const others = aliases.filter((name) => !covered.has(name));
    expect(others.sort()).toEqual([...OTHERS].sort());
  });

  it("has the key of the noise of dpsgd", () => {
    const params = { w: Float32Array.of(1, 1) };
    const optState = gl.contrib.dpsgd(0.1, 1, 0.5, 7, { momentum: 0.9 }).init(params);
    const { optimizer } = read(join(root, "dpsgd"));
    expect({ ...optimizer }).toEqual(toOptax({ params, optState, step: 0 }).optimizer);
  });

  for (const row of rows) {
    const fixture = load(row.file) as Fixture;
    const tolerance = 10 * row.tolerance;
    const name = row.file.replace(/\.(default)?\.?json$/, "");

    it(`${name} goes on from Optax as if it had never stopped`, () => {
      const checkpoint = read(join(folderOf(row), "theirs"));
      const end = run(row, (train, makeTx) => {
        const tx = makeTx();
        train.dispose();
        return gl.TrainState.create({ ...fromOptax(checkpoint, { params: paramsOf(row), tx }), tx });
      });
      expectEnd(end, fixture, tolerance);
    });

    it(`${name} goes on in Optax as if it had never stopped`, () => {
      const tx = evaluate(gl, row.gradloom);
      const { params, optState } = fromOptax(read(join(folderOf(row), "continued")), {
        params: paramsOf(row),
        tx,
      });
      expectClose(flat(params), fixture.params, tolerance, "params");
      expectCloseNumbers(byPath(optState), fixture.state, tolerance, "state");
    });
  }
});
