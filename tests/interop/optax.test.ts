import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import * as gl from "../../ts/src/entry/node.ts";
import { fromOptax, type OptaxCheckpoint, toOptax } from "../../ts/src/safetensors/interop/index.ts";
import { expectEnd, type Fixture } from "../conformance/conformance.ts";
import { load, rows as everyRow } from "../conformance/node-fixtures.ts";
import type { Row } from "../conformance/rows.ts";
import { dataFor, evaluate, type Outcome, stepInPlace } from "../conformance/run.ts";
import { byPath, flat, type Inputs } from "../conformance/trees.ts";
import { readTensors, writeTensors } from "./files.ts";
import { python } from "./python.ts";

/** The first row of every transformation that can be stopped: for optimizers it has the defaults. */
const rows = [...new Map(everyRow.toReversed().map((row) => [row.covers, row])).values()].filter(
  (row) => row.kind === "transformation" && row.double !== "only" && row.steps > 1,
);

const root = mkdtempSync(join(tmpdir(), "gradloom-optax-"));
const inputs = load("inputs.json") as Inputs;

const folderOf = (row: Row): string => join(root, row.file.replace(/\.json$/, ""));

const read = (folder: string): OptaxCheckpoint => ({
  model: readTensors(join(folder, "model.safetensors")),
  optimizer: readTensors(join(folder, "optimizer.safetensors")),
});

const write = (folder: string, { model, optimizer }: OptaxCheckpoint): void => {
  mkdirSync(folder, { recursive: true });
  writeTensors(join(folder, "model.safetensors"), model as object);
  writeTensors(join(folder, "optimizer.safetensors"), optimizer);
};

/** Takes the steps of a row up to one, from its beginning or from a checkpoint of Optax, and returns a snapshot. */
const train = (row: Row, stop: number, start = 0, checkpoint?: OptaxCheckpoint) => {
  const { params, grads } = dataFor(row, inputs, Float32Array);
  const tx = evaluate(gl, row.gradloom);
  const from = checkpoint ? fromOptax(checkpoint, { params, tx }) : { params };
  const state = gl.TrainState.create({ ...from, tx });
  try {
    for (let step = start; step < stop; step++) stepInPlace(state, row, step, grads[step]);
    return state.snapshot();
  } finally {
    state.dispose();
  }
};

const outcomeOf = ({ params, optState }: ReturnType<typeof train>): Outcome => ({
  perStep: [],
  params: flat(params),
  state: byPath(optState),
  tree: optState,
});

const halfOf = ({ steps }: Row): number => Math.floor(steps / 2);

describe("checkpoints of Optax, in the layout of flax.serialization", () => {
  beforeAll(() => {
    for (const row of rows) write(join(folderOf(row), "ours"), toOptax(train(row, halfOf(row))));
    python("optax_rows.py", root);
  }, 600_000);

  afterAll(() => rmSync(root, { recursive: true }));

  for (const row of rows) {
    const fixture = load(row.file) as Fixture;
    const tolerance = 10 * row.tolerance;

    it(`${row.covers} ${row.variant} goes on from Optax as if it had never stopped`, () => {
      const checkpoint = read(join(folderOf(row), "theirs"));
      expectEnd(outcomeOf(train(row, row.steps, halfOf(row), checkpoint)), fixture, tolerance);
    });

    it(`${row.covers} ${row.variant} goes on in Optax as if it had never stopped`, () => {
      const { params } = dataFor(row, inputs, Float32Array);
      const end = fromOptax(read(join(folderOf(row), "continued")), { params, tx: evaluate(gl, row.gradloom) });
      expectEnd(outcomeOf(end as never), fixture, tolerance);
    });
  }
});
