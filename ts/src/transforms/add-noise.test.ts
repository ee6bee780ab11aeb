import { describe, expect, it } from "vitest";
import { gl } from "../../../tests/engine.ts";

const tree = () => ({ b: new Float32Array(1300), a: gl.tensor(new Float32Array(6), [2, 3]) });

describe("addNoise", () => {
  it("adds the same bits as gl.random.normal draws", () => {
    const key = gl.random.key(3);
    const tx = gl.addNoise(1, 0.7, { key });
    const [updates, state] = tx.update(tree(), tx.init(tree()));
    const [next, sample] = gl.random.split(key) as [gl.Key, gl.Key];
    expect(updates).toEqual(gl.tree.randomLike(sample, tree()));
    expect(state).toEqual({ count: 1, rngKey: next });
  });

  it("is the same whatever it was before: state alone decides", () => {
    const tx = gl.addNoise(1, 0.7, { key: 3 });
    const first = tx.update(tree(), tx.init(tree()));
    tx.update(tree(), first[1]);
    expect(tx.update(tree(), tx.init(tree()))).toEqual(first);
  });

  it("draws the same numbers for double-precision parameters", () => {
    const tx = gl.addNoise(1, 0, { key: 3 });
    const params = { w: new Float64Array(5) };
    const [wide] = tx.update(params, tx.init(params));
    const [single] = tx.update({ w: new Float32Array(5) }, tx.init({ w: new Float32Array(5) }));
    expect(Array.from(wide.w)).toEqual(Array.from(single.w));
  });

  it("refuses a key and a seed together, and what is no key", () => {
    const refusal = (path: string) => expect.objectContaining({ code: "INVALID_HYPERPARAMETER", path });
    expect(() => gl.addNoise(1, 0.5, { key: 1, seed: 1 })).toThrowError(refusal("addNoise.seed"));
    expect(() => gl.addNoise(1, 0.5, { key: -1 })).toThrowError(refusal("addNoise.key"));
    expect(() => gl.addNoise(-1, 0.5)).toThrowError(refusal("addNoise.eta"));
    const tx = gl.addNoise(1, 0.5);
    expect(() => tx.update(tree(), { count: 0, rngKey: new Uint32Array(1) })).toThrowError(
      expect.objectContaining({ code: "INVALID_STATE", path: "state.rngKey" }),
    );
  });
});
