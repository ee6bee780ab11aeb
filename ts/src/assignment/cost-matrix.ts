import { GradloomError } from "../error.ts";
import { isTensor, type Tensor } from "../pytree/leaf.ts";
import { operand } from "../pytree/operand.ts";

/** A matrix of finite costs with at least as many columns as rows. */
export interface Costs {
  readonly rows: number;
  readonly columns: number;
  /** Whether this matrix is the transpose of the caller's. */
  readonly transposed: boolean;
  at(row: number, column: number): number;
}

/** The rows (workers) and columns (tasks) of an assignment: `rows[i]` is assigned to `columns[i]`. */
export type Assignment = [rows: Int32Array, columns: Int32Array];

/** Reads a matrix of costs, and transposes it if it has more rows than columns. */
export const readCosts = (matrix: Tensor, owner: string): Costs => {
  const path = `${owner}.costMatrix`;
  if (!isTensor(matrix) || matrix.shape.length !== 2) {
    throw new GradloomError("SHAPE_MISMATCH", "expected a matrix.", {
      path,
      remedy: "Make one with gl.tensor(data, [rows, columns]).",
    });
  }
  const { numbers, shape } = operand(matrix, path);
  if (!numbers.every(Number.isFinite)) {
    throw new GradloomError("INVALID_HYPERPARAMETER", "every cost must be a finite number.", {
      path,
      remedy: "Give an impossible pairing a large finite cost.",
    });
  }
  const [rows, columns] = shape as [number, number];
  const at = (row: number, column: number): number => numbers[row * columns + column] as number;
  return rows <= columns
    ? { rows, columns, transposed: false, at }
    : { rows: columns, columns: rows, transposed: true, at: (row, column) => at(column, row) };
};
