import { expect, it } from "vitest";
import { expectRefusal } from "../../../tests/property/refusal.ts";
import * as gl from "../entry/node.ts";

const pair = (...data: number[]) => gl.tensor(new Float32Array(data), [2, data.length / 2]);

it("refuses leaves with different numbers of examples, and leaves without examples", () => {
  const uneven = { a: pair(1, 2), b: new Float32Array(3) };
  const scalar = { a: pair(1, 2), b: gl.tensor(new Float32Array(1), []) };
  for (const grads of [uneven, scalar]) {
    const refused = { code: "SHAPE_MISMATCH", path: "grads.b" };
    expectRefusal(() => gl.perExampleGlobalNormClip(grads, 1), refused);
    expectRefusal(() => gl.perExampleLayerNormClip(grads, 1), refused);
  }
});

it("refuses a bound that is negative or not a number", () => {
  for (const bound of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expectRefusal(() => gl.perExampleGlobalNormClip({ a: pair(1, 2) }, bound), {
      code: "INVALID_HYPERPARAMETER",
      path: "perExampleGlobalNormClip.l2NormClip",
    });
  }
});

it("sums nothing to nothing", () => {
  const none = { a: gl.tensor(new Float32Array(0), [0, 3]) };
  const [sum, clipped] = gl.perExampleGlobalNormClip(none, 1);
  expect(sum.a.shape).toEqual([3]);
  expect(sum.a.data).toEqual(new Float32Array(3));
  expect(clipped).toBe(0);
  expect(gl.perExampleGlobalNormClip({}, 1)).toEqual([{}, 0]);
});
