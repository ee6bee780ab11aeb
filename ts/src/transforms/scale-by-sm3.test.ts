import { describe, expect, it } from "vitest";
import { gl } from "../../../tests/engine.ts";

describe("scaleBySm3", () => {
  it("gives a scalar itself as its only cover, where Optax fails", () => {
    const [tx, ofVectors] = [gl.scaleBySm3({ b1: 0 }), gl.scaleBySm3({ b1: 0 })];
    const scalar = () => gl.tensor(new Float32Array([2]), []);
    const vector = () => new Float32Array([2]);
    const [first, state] = tx.update(scalar(), tx.init(scalar()));
    const [firstOfVector, stateOfVector] = ofVectors.update(vector(), ofVectors.init(vector()));
    expect(first.data).toEqual(firstOfVector);
    expect(tx.update(scalar(), state)[0].data).toEqual(ofVectors.update(vector(), stateOfVector)[0]);
  });

  it("keeps a vector per axis that a training loop updates in place", () => {
    const params = { w: gl.tensor(new Float32Array(6), [2, 3]) };
    const train = gl.TrainState.create({ params, tx: gl.scaleBySm3() });
    train.applyGradients({ w: gl.tensor(new Float32Array([1, 2, 3, 4, 5, 6]), [2, 3]) });
    expect(train.optState.mu.w).toEqual([new Float32Array([9, 36]), new Float32Array([16, 25, 36])]);
    train.dispose();
  });
});
