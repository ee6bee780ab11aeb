/** The state of every transformation goes through a file, and training goes on with the same bits. */
import { describe, it } from "vitest";
import type { GradientTransformation } from "../../ts/src/index.ts";
import { load, save } from "../../ts/src/safetensors/index.ts";
import { expectSameBits, expectSameNumbers } from "../conformance/compare.ts";
import { load as fixture, rows } from "../conformance/node-fixtures.ts";
import { runInPlace } from "../conformance/run.ts";
import { byPath, type Inputs } from "../conformance/trees.ts";
import { gl } from "../engine.ts";

const inputs = fixture("inputs.json") as Inputs;

describe("a run that is saved and resumed", () => {
  const transformations = rows.filter(({ kind }) => kind === "transformation");
  for (const [i, row] of transformations.entries()) {
    // The type of the elements does not depend on the transformation: half of the rows run in each.
    const array = i % 2 === 0 ? Float32Array : Float64Array;
    it(`${row.covers} ${row.variant} (${array.name})`, () => {
      const expected = runInPlace(gl, row, inputs, array);
      const outcome = runInPlace(gl, row, inputs, array, undefined, (train, makeTx) => {
        const bytes = save(train);
        const before = [byPath(train.params), byPath(train.optState)] as const;
        train.dispose();
        const tx = makeTx() as GradientTransformation;
        const checkpoint = load(bytes, { tx });
        if (checkpoint.differences.length > 0)
          throw new Error(`differences: ${JSON.stringify(checkpoint.differences)}`);
        expectSameNumbers(byPath(checkpoint.params), before[0], "params in the file");
        expectSameNumbers(byPath(checkpoint.optState), before[1], "the state in the file");
        return gl.TrainState.create({ ...checkpoint, tx });
      });
      expectSameBits(outcome.params, expected.params, "params");
      expectSameNumbers(outcome.state, expected.state, "state");
    });
  }
});
