/** States with one value for each leaf: novograd, zeroNans, distance over gradients. */
import { expect, it } from "vitest";
import { gl } from "../../../tests/engine.ts";
import { expectRefusal } from "../../../tests/property/refusal.ts";

const params = { a: new Float32Array([1, 2]), b: [new Float32Array([3])] };

it("refuses a state of another tree", () => {
  const tx = gl.scaleByNovograd();
  const state = tx.init(params);
  for (const nu of [{ a: 1 }, { a: 1, b: [true] }, { a: 1, b: [1, 2] }, { a: 1, b: [1], c: 1 }, 3, null]) {
    const broken = { ...state, nu } as unknown as typeof state;
    expectRefusal(() => tx.update(params, broken, params), { code: "INVALID_STATE", path: /^state\.nu/ });
  }
});

it("keeps masked leaves masked", () => {
  const tx = gl.masked(gl.zeroNans(), { a: true, b: false });
  const grads = { a: new Float32Array([1, Number.NaN]), b: [new Float32Array([Number.NaN])] };
  const [updates, state] = tx.update(grads, tx.init(params));
  expect(state.innerState.foundNan.a).toBe(true);
  expect(state.innerState.foundNan.b).toBeInstanceOf(gl.MaskedNode);
  expect(updates).toEqual({ a: new Float32Array([1, 0]), b: [new Float32Array([Number.NaN])] });
  const [, next] = tx.update(params, state);
  expect(next.innerState.foundNan.a).toBe(false);
  expect(state.innerState.foundNan.a).toBe(true);
});

it("a large leaf has its NaN found wherever it is", () => {
  const size = 3000;
  const tx = gl.zeroNans();
  for (const at of [0, 1023, 1024, size - 1]) {
    const w = new Float32Array(size).fill(1);
    w[at] = Number.NaN;
    const [updates, state] = tx.update({ w }, tx.init({ w }));
    expect(state.foundNan).toEqual({ w: true });
    expect(updates.w[at]).toBe(0);
  }
});

it("starts from the parameters it is given", () => {
  const tx = gl.scaleByDistanceOverGradients({ repsRel: 0.5 });
  const state = tx.init({ w: new Float32Array([3, 4]) });
  expect(state.maxDist).toEqual({ w: 3 });
  expect(state.initParams).toEqual({ w: new Float32Array([3, 4]) });
});
