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

/** The rows that single precision can check. */
const ours = rows.filter(({ kind, double }) => kind === "transformation" && double !== "only");

/** The rows that cannot run on a GPU, each with its error. */
const refused: string[] = [];

/** The rows that give the bits of the CPU on software GPUs. */
const EXACT = new Set(
  "adam adamw sgd lion lamb novograd trace scale scaleByAdam clip clipByBlockRms clipByGlobalNorm applyIfFinite zeroNans MultiSteps".split(
    " ",
  ),
);

/**
 * The tolerance of all other rows against the CPU after the last step: WGSL lets devices fuse products with sums and approximate tanh,
 * cube roots and the like, and leafwise kernels add in another order. The largest difference seen is 7e-7.
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
