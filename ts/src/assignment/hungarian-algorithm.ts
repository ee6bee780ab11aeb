import type { Tensor } from "../pytree/leaf.ts";
import { type Assignment, type Costs, readCosts } from "./cost-matrix.ts";

/** Returns for each column (from 1) the row (from 1) assigned to it, 0 for none. Column 0 is a helper: it holds the row being assigned. */
const match = ({ rows, columns, at }: Costs): Int32Array => {
  const rowPotential = new Float64Array(rows + 1);
  const columnPotential = new Float64Array(columns + 1);
  const parent = new Int32Array(columns + 1);
  for (let row = 1; row <= rows; row++) {
    parent[0] = row;
    const path = new Int32Array(columns + 1);
    const least = new Float64Array(columns + 1).fill(Number.POSITIVE_INFINITY);
    const used = new Uint8Array(columns + 1);
    let column = 0;
    while (parent[column] !== 0) {
      used[column] = 1;
      const from = parent[column] as number;
      let next = 0;
      let delta = Number.POSITIVE_INFINITY;
      for (let j = 1; j <= columns; j++) {
        if (used[j]) continue;
        const reduced = at(from - 1, j - 1) - (rowPotential[from] as number) - (columnPotential[j] as number);
        if (reduced < (least[j] as number)) {
          least[j] = reduced;
          path[j] = column;
        }
        if ((least[j] as number) < delta) {
          delta = least[j] as number;
          next = j;
        }
      }
      for (let j = 0; j <= columns; j++) {
        if (used[j]) {
          const owner = parent[j] as number;
          rowPotential[owner] = (rowPotential[owner] as number) + delta;
          columnPotential[j] = (columnPotential[j] as number) - delta;
        } else least[j] = (least[j] as number) - delta;
      }
      column = next;
    }
    while (column !== 0) {
      const previous = path[column] as number;
      parent[column] = parent[previous] as number;
      column = previous;
    }
  }
  return parent;
};

/**
 * Assigns workers to tasks at the least total cost: each row to one column and each column to at most one row.
 *
 * Returns `[rows, columns]`: `rows[i]` is assigned to `columns[i]`, in Optax's order, which is not sorted by row. Takes O(rows² * columns) steps.
 *
 * @param costMatrix - finite costs, of shape [workers, tasks]
 * @example
 * const costs = gl.tensor(new Float32Array([8, 4, 7, 5, 2, 3, 9, 4, 8]), [3, 3]);
 * const [rows, columns] = gl.assignment.hungarianAlgorithm(costs);
 * console.log(rows, columns); // Int32Array(3) [ 0, 2, 1 ] Int32Array(3) [ 0, 1, 2 ]
 * @see https://en.wikipedia.org/wiki/Hungarian_algorithm
 */
export const hungarianAlgorithm = (costMatrix: Tensor): Assignment => {
  const costs = readCosts(costMatrix, "assignment.hungarianAlgorithm");
  if (costs.rows === 0) return [new Int32Array(0), new Int32Array(0)];
  const parent = match(costs).subarray(1);
  const columns = [...parent.keys()].filter((column) => parent[column] !== 0);
  if (costs.rows < costs.columns) columns.sort((a, b) => (parent[b] as number) - (parent[a] as number));
  const rows = Int32Array.from(columns, (column) => (parent[column] as number) - 1);
  return costs.transposed ? [Int32Array.from(columns), rows] : [rows, Int32Array.from(columns)];
};
