import { describe, expect, it } from "vitest";
import { engineName, gl } from "../../../tests/engine.ts";
import { layoutOf } from "../pytree/layout.ts";
import { lower } from "./lowering.ts";
import { NODE, type Transformation } from "./node.ts";
import { slotsAtRisk } from "./slots-at-risk.ts";

describe(`plans on ${engineName}`, () => {
  it("are made anew where the same elements have another shape", () => {
    const tx = gl.centralize();
    const data = new Float32Array([1, 2, 3, 4, 5, 6]);
    const matrix = { w: gl.tensor(data, [2, 3]) };
    expect(tx.update(matrix, tx.init(matrix))[0].w.data).toEqual(new Float32Array([-1, 0, 1, -1, 0, 1]));
    const vector = { w: data };
    expect(tx.update(vector, tx.init(vector))[0].w).toEqual(data);
  });
});

describe("slots that a failed step has to put back", () => {
  const params = { w: new Float32Array(3) };
  const user: gl.GradientTransformation = { init: () => ({}), update: (updates, state) => [updates, state] };
  const atRisk = (tx: Transformation) =>
    slotsAtRisk(lower(tx[NODE], layoutOf(params, "params"), params).builder);

  it("are those written before host code", () => {
    expect(atRisk(gl.chain(gl.trace(0.9), gl.scaleByAdam()))).toEqual([]);
    expect(atRisk(gl.chain(user, gl.scaleByAdam()))).toEqual([]);
    expect(atRisk(gl.chain(gl.trace(0.9), user, gl.scaleByAdam()))).toEqual([0]);
    expect(atRisk(gl.chain(gl.scaleByAdam(), user, gl.trace(0.9), user))).toEqual([0, 1, 2]);
    expect(atRisk(gl.novograd(0.1))).toEqual([]);
  });
});
