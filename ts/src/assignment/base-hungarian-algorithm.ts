import type { Tensor } from "../pytree/leaf.ts";
import { type Assignment, type Costs, readCosts } from "./cost-matrix.ts";

interface Search {
  readonly costs: Costs;
  readonly u: Float64Array;
  readonly v: Float64Array;
  readonly path: Int32Array;
  readonly columnOf: Int32Array;
  readonly rowOf: Int32Array;
}

interface Found {
  readonly sink: number;
  readonly length: number;
  readonly rowSeen: Uint8Array;
  readonly columnSeen: Uint8Array;
  readonly distance: Float64Array;
}

/** Finds the shortest path from a row to a column without a row: Dijkstra's algorithm over reduced costs. */
const shortestPath = ({ costs, u, v, path, rowOf }: Search, start: number): Found => {
  const { rows, columns, at } = costs;
  const remaining = Array.from({ length: columns }, (_, i) => columns - 1 - i);
  const rowSeen = new Uint8Array(rows);
  const columnSeen = new Uint8Array(columns);
  const distance = new Float64Array(columns).fill(Number.POSITIVE_INFINITY);
  let [row, sink, length] = [start, -1, 0];
  while (sink < 0) {
    rowSeen[row] = 1;
    let [index, lowest] = [-1, Number.POSITIVE_INFINITY];
    for (const [i, j] of remaining.entries()) {
      const reached = length + at(row, j) - (u[row] as number) - (v[j] as number);
      if (reached < (distance[j] as number)) {
        path[j] = row;
        distance[j] = reached;
      }
      const far = distance[j] as number;
      if (far < lowest || (far === lowest && rowOf[j] === -1)) index = i;
      lowest = Math.min(lowest, far);
    }
    length = lowest;
    const column = remaining[index] as number;
    if (rowOf[column] === -1) sink = column;
    else row = rowOf[column] as number;
    columnSeen[column] = 1;
    const last = remaining.pop() as number;
    if (index < remaining.length) remaining[index] = last;
  }
  return { sink, length, rowSeen, columnSeen, distance };
};

const place = (search: Search, start: number): void => {
  const { u, v, path, columnOf, rowOf } = search;
  const { sink, length, rowSeen, columnSeen, distance } = shortestPath(search, start);
  u[start] = (u[start] as number) + length;
  for (const [i, seen] of rowSeen.entries()) {
    if (seen && i !== start) u[i] = (u[i] as number) + length - (distance[columnOf[i] as number] as number);
  }
  for (const [j, seen] of columnSeen.entries()) {
    if (seen) v[j] = (v[j] as number) + (distance[j] as number) - length;
  }
  for (let column = sink, row = -1; row !== start; ) {
    row = path[column] as number;
    rowOf[column] = row;
    const freed = columnOf[row] as number;
    columnOf[row] = column;
    column = freed;
  }
};

/**
 * Assigns workers to tasks at the least total cost, by shortest augmenting paths, as SciPy's `linear_sum_assignment` does.
 *
 * Returns `[rows, columns]`: `rows[i]` is assigned to `columns[i]`, and the rows are sorted. Takes O(rows² * columns) steps.
 *
 * @param costMatrix - finite costs, of shape [workers, tasks]
 * @example
 * const costs = gl.tensor(new Float32Array([8, 4, 7, 5, 2, 3, 9, 4, 8]), [3, 3]);
 * const [rows, columns] = gl.assignment.baseHungarianAlgorithm(costs);
 * console.log(rows, columns); // Int32Array(3) [ 0, 1, 2 ] Int32Array(3) [ 0, 2, 1 ]
 * @see Crouse 2016, On implementing 2D rectangular assignment algorithms
 */
export const baseHungarianAlgorithm = (costMatrix: Tensor): Assignment => {
  const costs = readCosts(costMatrix, "assignment.baseHungarianAlgorithm");
  const { rows, columns, transposed } = costs;
  const search: Search = {
    costs,
    u: new Float64Array(rows),
    v: new Float64Array(columns),
    path: new Int32Array(columns).fill(-1),
    columnOf: new Int32Array(rows).fill(-1),
    rowOf: new Int32Array(columns).fill(-1),
  };
  for (let row = 0; row < rows; row++) place(search, row);
  if (!transposed) return [Int32Array.from({ length: rows }, (_, i) => i), search.columnOf];
  const order = Int32Array.from(search.columnOf.keys()).sort(
    (a, b) => (search.columnOf[a] as number) - (search.columnOf[b] as number),
  );
  return [order.map((i) => search.columnOf[i] as number), order];
};
