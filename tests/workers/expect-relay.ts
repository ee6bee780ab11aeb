import { expect } from "vitest";
import type * as gl from "../../ts/src/entry/node.ts";
import { begin, type ModelSnapshot, relay, type Task } from "./relay.ts";

/** A thread that takes the steps of tasks. */
export interface Runner {
  /** Posts a task together with the memory to move, and returns the snapshot that comes back. */
  run(task: Task, transfer: ArrayBuffer[]): Promise<ModelSnapshot>;
}

const SIZE = 5000;

/** Trains several models at once, each by turns in several threads, and expects the bits of training in this thread. */
export const expectRelay = async (
  lib: typeof gl,
  engine: string,
  runners: readonly Runner[],
): Promise<void> => {
  const trainedByAll = async (model: number): Promise<ModelSnapshot> => {
    let snapshot = begin(lib, SIZE);
    for (let turn = 0; turn < runners.length; turn++) {
      const transfer = lib.transferList(snapshot);
      const kernel = snapshot.params.layers[0]!.kernel;
      const runner = runners[(turn + model) % runners.length] as Runner;
      const next = runner.run({ engine, model, steps: 3 + turn, snapshot }, transfer);
      expect(kernel.byteLength).toBe(0);
      snapshot = await next;
      expect(snapshot.params.layers[0]!.kernel.length).toBe(SIZE);
    }
    return snapshot;
  };
  const models = runners.map((_, model) => model);
  const trained = await Promise.all(models.map(trainedByAll));
  for (const model of models) {
    const steps = runners.reduce((sum, _, turn) => sum + 3 + turn, 0);
    const here = relay(lib, { engine, model, steps, snapshot: begin(lib, SIZE) });
    expect(trained[model]).toEqual(structuredClone(here));
  }
};
