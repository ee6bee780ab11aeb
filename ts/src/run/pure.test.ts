import { describe, expect, it } from "vitest";
import { engineName, gl } from "../../../tests/engine.ts";

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
