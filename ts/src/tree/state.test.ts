import { describe, expect, it } from "vitest";
import { gl } from "../../../tests/engine.ts";

const params = { w: new Float32Array(2), b: new Float32Array(1) };
const tx = gl.chain(
  gl.scaleByAdam(),
  gl.scaleBySchedule((count) => count),
);
const state = tx.init(params);
const second = (path: readonly (string | number)[]) => path[0] === 1;

describe("tree.get", () => {
  it("finds fields, keys of the parameters below them, and what is inside of what it found", () => {
    expect(gl.tree.get(state, "mu")).toBe(state[0].mu);
    expect(gl.tree.getAllWithPath(state, "w").map(([path]) => path)).toEqual([
      [0, "mu", "w"],
      [0, "nu", "w"],
    ]);
    expect(gl.tree.getAllWithPath({ x: { x: 1 } }, "x").map(([path]) => path)).toEqual([["x"], ["x", "x"]]);
  });

  it("gives null or the default where there is none", () => {
    expect(gl.tree.get(state, "trace")).toBeNull();
    expect(gl.tree.get(state, "trace", { default: 7 })).toBe(7);
  });

  it("refuses to choose between several", () => {
    expect(() => gl.tree.get(state, "count")).toThrowError(/2 values .* \[0\]\.count, \[1\]\.count/);
    expect(gl.tree.get(state, "count", { filtering: second })).toBe(0);
  });
});

describe("tree.set", () => {
  it("replaces all of a name, or those that are meant, in a new tree", () => {
    const both = gl.tree.set(state, { count: 3 });
    expect([both[0].count, both[1].count, state[0].count]).toEqual([3, 3, 0]);
    const one = gl.tree.set(state, { count: 3 }, { filtering: second });
    expect([one[0].count, one[1].count]).toEqual([0, 3]);
  });

  it("gives a state that the optimizer takes", () => {
    const [updates] = tx.update(params, gl.tree.set(state, { count: 3 }));
    expect(updates.w).toEqual(new Float32Array(2));
  });

  it("refuses a name that is not there", () => {
    expect(() => gl.tree.set(state, { trace: 3 })).toThrowError(
      expect.objectContaining({ code: "INVALID_STATE", path: "trace" }),
    );
  });
});

describe("tree.mapParams", () => {
  it("maps what is like the parameters, under masks and labels too", () => {
    const labelled = gl.partition({ x: gl.adam(1), y: gl.setToZero() }, { w: "x", b: "y" });
    const sizes = gl.tree.mapParams(labelled, (leaf) => leaf.length, labelled.init(params));
    const { mu, count } = sizes.innerStates.x.innerState[0];
    expect([mu.w, mu.b instanceof gl.MaskedNode, count]).toEqual([2, true, 0]);
  });

  it("refuses the state of another optimizer", () => {
    expect(() => gl.tree.mapParams(gl.adam(1), (leaf) => leaf, {})).toThrowError(
      expect.objectContaining({ code: "INVALID_STATE" }),
    );
  });
});
