import { describe, expect, it } from "vitest";
import {
  expectClose,
  expectCloseNumbers,
  expectSameBits,
  expectSameNumbers,
} from "../conformance/compare.ts";
import { expectEnd, type Fixture } from "../conformance/conformance.ts";
import { load, rows } from "../conformance/node-fixtures.ts";
import type { Row } from "../conformance/rows.ts";
import { type Outcome, runInPlace, runOnDevice } from "../conformance/run.ts";
import type { Inputs } from "../conformance/trees.ts";
import { engine, gl, gpuName } from "./engine.ts";

const inputs = load("inputs.json") as Inputs;

/** What single precision says nothing of is for the CPU. */
const ours = rows.filter(({ kind, double }) => kind === "transformation" && double !== "only");

/** Rows that cannot run on a GPU, with what says why. */
const refused: string[] = [];

/** What gives the bits of the CPU on software GPUs. */
const EXACT = new Set(
  "adam adamw sgd lion lamb novograd trace scale scaleByAdam clip clipByBlockRms clipByGlobalNorm applyIfFinite zeroNans MultiSteps".split(
    " ",
  ),
);

/**
 * How far all else may be from the CPU after the last step: WGSL lets devices contract products and sums, approximates tanh, cube
 * roots and the like in its own way, and kernels that see whole leaves add in another order. Seen are 7e-7.
 */
const BOUND = 2e-6;

const refusalOf = (error: unknown): string => {
  if (error instanceof gl.GradloomError && error.code === "UNSUPPORTED") {
    return error.message.slice(0, error.message.indexOf(". ") + 1);
  }
  throw error;
};

const expectCpu = (got: Outcome, expected: Outcome, { covers }: Row): void => {
  if (EXACT.has(covers)) {
    expectSameBits(got.params, expected.params, "params");
    expectSameNumbers(got.state, expected.state, "state");
    return;
  }
  expectClose(got.params, expected.params, BOUND, "params");
  expectCloseNumbers(got.state, Object.fromEntries(expected.state), BOUND, "state");
};

const run = async (row: Row): Promise<Outcome | undefined> => {
  try {
    return await runOnDevice(gl, row, inputs, engine);
  } catch (error) {
    refused.push(`${row.covers} ${row.variant}: ${refusalOf(error)}`);
    return undefined;
  }
};

describe(`conformance with Optax on ${gpuName}, ${engine.description}`, () => {
  for (const row of ours) {
    it(`${row.covers} ${row.variant}`, async () => {
      const outcome = await run(row);
      if (!outcome) return;
      expectEnd(outcome, load(row.file) as Fixture, row.tolerance);
      expectCpu(outcome, runInPlace(gl, row, inputs, Float32Array), row);
    });
  }

  it("what cannot run is known", async () => {
    await expect(`${refused.sort().join("\n")}\n`).toMatchFileSnapshot("refused.txt");
  });

  it("what is to be exact has rows", () => {
    const covered = new Set(ours.map(({ covers }) => covers));
    expect([...EXACT].filter((name) => !covered.has(name))).toEqual([]);
  });
});
