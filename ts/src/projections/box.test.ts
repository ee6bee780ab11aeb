import { expect, it } from "vitest";
import { projectionBox, projectionHypercube, projectionNonNegative } from "./box.ts";

it("keeps numbers numbers, and lets one bound a part of the tree", () => {
  const tree = { a: 7, b: [new Float32Array([-3, 0.5]), { c: -1 }] };
  expect(projectionBox(tree, { a: 0, b: -2 }, 1)).toEqual({
    a: 1,
    b: [new Float32Array([-2, 0.5]), { c: -1 }],
  });
  expect([projectionNonNegative(-2), projectionHypercube(3)]).toEqual([0, 1]);
});

it("refuses bounds that do not fit the tree, by their names", () => {
  const tree = { a: new Float32Array(2) };
  const refused = (call: () => unknown, code: string, path: string) =>
    expect(call).toThrowError(expect.objectContaining({ code, path }));
  refused(() => projectionBox(tree, { b: 1 }, 2), "STRUCTURE_MISMATCH", "lower.b");
  refused(() => projectionBox(tree, 0, { a: new Float32Array(3) }), "SHAPE_MISMATCH", "upper.a");
  refused(() => projectionBox(tree, 0, { a: Number.NaN }), "INVALID_HYPERPARAMETER", "projectionBox.upper.a");
});
