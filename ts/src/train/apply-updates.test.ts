import { expect, it } from "vitest";
import { gl } from "../../../tests/engine.ts";

it("leaves a parameter without an update as it is, in an array of its own", () => {
  const params = { a: new Float32Array([1]), b: new Float32Array([2]) };
  const next = gl.applyUpdates(params, { a: null, b: new Float32Array([0.5]) } as never);
  expect(next).toEqual({ a: new Float32Array([1]), b: new Float32Array([2.5]) });
  expect(next.a).not.toBe(params.a);
});

it("decays no parameter without a gradient", () => {
  const tx = gl.chain(gl.addDecayedWeights({ weightDecay: 0.5 }), gl.scale(-1));
  const params = { a: new Float32Array([1]), b: [new Float32Array([2]), new Float32Array([4])] };
  const grads = { a: null, b: [new Float32Array([1]), null] } as never as typeof params;
  const [updates] = tx.update(grads, tx.init(params), params);
  expect(updates).toEqual({ a: null, b: [new Float32Array([-2]), null] });
  expect(gl.applyUpdates(params, updates).b).toEqual([new Float32Array([0]), new Float32Array([4])]);
});

it("still refuses parameters that lack a leaf of the gradients", () => {
  const tx = gl.addDecayedWeights({ weightDecay: 0.5 });
  const grads = { a: new Float32Array([1]) };
  expect(() => tx.update(grads, tx.init(grads), { a: null } as never)).toThrowError(
    expect.objectContaining({ code: "STRUCTURE_MISMATCH", path: "params.a" }),
  );
});
