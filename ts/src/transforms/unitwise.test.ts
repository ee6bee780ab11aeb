import { expect, it } from "vitest";
import { expectRefusal } from "../../../tests/property/refusal.ts";
import * as gl from "../entry/node.ts";
import type { Leaf } from "../pytree/leaf.ts";

const matrix = gl.tensor(new Float32Array([3, 0, 4, 1]), [2, 2]);

it("refuses an axis that the array does not have", () => {
  for (const axis of [2, -3, [0, 5]])
    expectRefusal(() => gl.transforms.unitwiseNorm(matrix, { axis }), {
      code: "INVALID_HYPERPARAMETER",
      path: "unitwiseNorm.axis",
    });
});

it("refuses arrays of different shapes", () => {
  const vector = new Float32Array(4);
  expectRefusal(() => gl.transforms.unitwiseClip<Leaf>(matrix, vector, matrix), {
    code: "SHAPE_MISMATCH",
    path: "unitwiseClip.maxNorm",
  });
});

it("gives the kind of array that came in", () => {
  expect(gl.transforms.unitwiseNorm(new Float64Array([3, 4]))).toEqual(new Float64Array([5, 5]));
  expect(gl.transforms.unitwiseNorm(matrix, { axis: [] }).data).toEqual(new Float32Array([3, 0, 4, 1]));
});
