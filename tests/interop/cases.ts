import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as gl from "../../ts/src/entry/node.ts";
import { expectClose } from "../conformance/compare.ts";
import { byPath } from "../conformance/trees.ts";
import { gradient, initial, type Mlp } from "./mlp.ts";

/** The steps of a whole training, and those before it is stopped. */
export const STEPS = 12;
export const HALF = 6;

/** A snapshot of the network's training. */
// biome-ignore lint/suspicious/noExplicitAny: the state of any optimizer
export type MlpSnapshot = gl.Snapshot<Mlp, any>;

/** Trains the network here, from the beginning or from a snapshot. */
export const train = (tx: gl.GradientTransformation, steps: number, from?: MlpSnapshot): MlpSnapshot => {
  const state = gl.TrainState.create({ params: initial(), ...from, tx });
  try {
    for (let step = 0; step < steps; step++) state.applyGradients(gradient(state.params as Mlp));
    return state.snapshot();
  } finally {
    state.dispose();
  }
};

/** Expects two trees to have the same numbers but for rounding. */
export const expectSame = (got: unknown, expected: unknown, where: string, tolerance = 2e-6): void => {
  const [ours, theirs] = [byPath(got), byPath(expected)];
  for (const [path, numbers] of theirs)
    expectClose(ours.get(path) ?? [], numbers, tolerance, `${where}.${path}`);
  expectClose([ours.size], [theirs.size], 0, `${where}: number of leaves`);
};

/** Makes a folder for the files of a suite, with its cases for a script in Python. */
export const makeFolder = (name: string, cases: readonly object[]): string => {
  const folder = mkdtempSync(join(tmpdir(), `gradloom-${name}-`));
  writeFileSync(join(folder, "cases.json"), JSON.stringify(cases));
  return folder;
};

export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true });
