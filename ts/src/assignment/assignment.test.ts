import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as gl from "../entry/node.ts";

const matrices = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }))
  .chain(([rows, columns]) =>
    fc
      .array(fc.integer({ min: -9, max: 9 }), { minLength: rows * columns, maxLength: rows * columns })
      .map((costs) => gl.tensor(new Float64Array(costs), [rows, columns])),
  );

/** Finds the least total cost by trying every assignment. */
const least = (costs: number[][], used: readonly number[] = []): number => {
  const [row, ...rest] = costs;
  if (!row) return 0;
  const free = [...row.keys()].filter((j) => !used.includes(j));
  return Math.min(...free.map((j) => (row[j] as number) + least(rest, [...used, j])));
};

const tableOf = ({ data, shape }: gl.Tensor): number[][] => {
  const [rows, columns] = shape as [number, number];
  const at = (i: number, j: number) => data[i * columns + j] as number;
  return rows <= columns
    ? Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => at(i, j)))
    : Array.from({ length: columns }, (_, j) => Array.from({ length: rows }, (_, i) => at(i, j)));
};

describe.each(["hungarianAlgorithm", "baseHungarianAlgorithm"] as const)("%s", (name) => {
  it("finds an assignment of least cost, each row and column at most once", () => {
    fc.assert(
      fc.property(matrices, (costs) => {
        const [rows, columns] = gl.assignment[name](costs);
        const total = [...rows].reduce(
          (sum, i, k) => sum + costs.data[i * costs.shape[1]! + columns[k]!]!,
          0,
        );
        expect(rows.length).toBe(Math.min(...costs.shape));
        expect(new Set(rows).size).toBe(rows.length);
        expect(new Set(columns).size).toBe(rows.length);
        expect(total).toBe(least(tableOf(costs)));
      }),
    );
  });

  it("refuses costs that are not finite, and what is no matrix", () => {
    const refusal = (code: string) =>
      expect.objectContaining({ code, path: `assignment.${name}.costMatrix` });
    const nan = gl.tensor(new Float32Array([Number.NaN]), [1, 1]);
    expect(() => gl.assignment[name](nan)).toThrowError(refusal("INVALID_HYPERPARAMETER"));
    expect(() => gl.assignment[name](gl.tensor(new Float32Array(2), [2]))).toThrowError(
      refusal("SHAPE_MISMATCH"),
    );
  });
});
