/** Every engine, instruction set and number of threads gives the same bits on every row. */
import { describe, expect, it } from "vitest";
import * as gl from "../../ts/src/entry/node.ts";
import { expectSameBits, expectSameNumbers } from "./compare.ts";
import { load, rows } from "./node-fixtures.ts";
import { runFunction, runInPlace, runPure } from "./run.ts";
import type { Inputs } from "./trees.ts";

/** Lists the instruction sets of this machine, as the error for an unknown one names them. */
const instructionSets = (): string[] => {
  try {
    gl.nativeEngine({ isa: "unknown" });
  } catch (error) {
    return [...(error as Error).message.matchAll(/"([\w.]+)"/g)]
      .map(([, name]) => name as string)
      .filter((n) => n !== "unknown");
  }
  return [];
};

const isas = instructionSets();
const natives = isas.flatMap((isa) => [1, 2].map((threads) => gl.nativeEngine({ isa, threads })));
const wasm = gl.wasmEngine();
const inputs = load("inputs.json") as Inputs;

describe(`the same bits on wasm and on native with ${isas.join(", ")}, 1 and 2 threads`, () => {
  it("knows the instruction sets", () => {
    expect(isas.length).toBeGreaterThan(0);
    expect(new Set(natives.map((engine) => engine.description)).size).toBe(2 * isas.length);
  });

  for (const row of rows) {
    it(`${row.covers} ${row.variant}`, () => {
      for (const array of [Float32Array, Float64Array] as const) {
        gl.setEngine(wasm);
        if (row.kind === "function") {
          const expected = runFunction(gl, row, inputs, array);
          for (const engine of natives) {
            gl.setEngine(engine);
            const got = runFunction(gl, row, inputs, array);
            expected.forEach((numbers, i) => {
              expectSameBits(got[i] ?? [], numbers, `${engine.description}: call ${i}`);
            });
          }
          continue;
        }
        const expected = runPure(gl, row, inputs, array);
        for (const engine of natives) {
          gl.setEngine(engine);
          const pure = runPure(gl, row, inputs, array);
          expected.perStep.forEach((numbers, step) => {
            expectSameBits(
              pure.perStep[step] ?? [],
              numbers,
              `${engine.description}: updates of step ${step}`,
            );
          });
          for (const outcome of [pure, runInPlace(gl, row, inputs, array, engine)]) {
            expectSameBits(outcome.params, expected.params, `${engine.description}: params`);
            expectSameNumbers(outcome.state, expected.state, `${engine.description}: state`);
          }
        }
      }
    });
  }
});
