import { GradloomError } from "../error.ts";
import { isTensor, type Tensor } from "../pytree/leaf.ts";
import { operand } from "../pytree/operand.ts";

/** A matrix in double precision, row by row. */
export interface Matrix {
  readonly data: Float64Array;
  readonly rows: number;
  readonly columns: number;
}

/** Reads a tensor of two axes; a vector counts as one column where that is allowed. */
export const readMatrix = (tensor: unknown, path: string, allowVector = false): Matrix => {
  if (isTensor(tensor) || (allowVector && ArrayBuffer.isView(tensor))) {
    const { numbers, shape } = operand(tensor as Tensor, path);
    const [rows, columns = 1] = shape;
    if (shape.length === 2 || (allowVector && shape.length === 1)) {
      return { data: Float64Array.from(numbers), rows: rows as number, columns };
    }
  }
  throw new GradloomError("SHAPE_MISMATCH", "expected a matrix.", {
    path,
    remedy: "Make one with gl.tensor(data, [rows, columns]).",
  });
};

/** Reads a tensor of two axes of the same length. */
export const readSquare = (tensor: unknown, path: string): Matrix => {
  const matrix = readMatrix(tensor, path);
  if (matrix.rows === matrix.columns) return matrix;
  throw new GradloomError(
    "SHAPE_MISMATCH",
    `expected a square matrix, got ${matrix.rows}x${matrix.columns}.`,
    { path, remedy: "Pass a matrix with as many rows as columns." },
  );
};

/** Returns a * b. */
export const multiply = (a: Matrix, b: Matrix): Matrix => {
  const data = new Float64Array(a.rows * b.columns);
  for (let i = 0; i < a.rows; i++) {
    for (let k = 0; k < a.columns; k++) {
      const factor = a.data[i * a.columns + k] as number;
      for (let j = 0; j < b.columns; j++) {
        const at = i * b.columns + j;
        data[at] = (data[at] as number) + factor * (b.data[k * b.columns + j] as number);
      }
    }
  }
  return { data, rows: a.rows, columns: b.columns };
};

/** Returns the transpose. */
export const transpose = ({ data, rows, columns }: Matrix): Matrix => ({
  data: Float64Array.from(data, (_, at) => data[(at % rows) * columns + Math.floor(at / rows)] as number),
  rows: columns,
  columns: rows,
});

/** Returns the matrix of `f(element, row, column)`. */
export const mapMatrix = (m: Matrix, f: (x: number, row: number, column: number) => number): Matrix => ({
  ...m,
  data: m.data.map((x, at) => f(x, Math.floor(at / m.columns), at % m.columns)),
});

/** Returns the Euclidean norm of all elements. */
export const frobenius = ({ data }: Matrix): number => Math.sqrt(data.reduce((sum, x) => sum + x * x, 0));

/** Returns a non-negative integer power of a square matrix. */
export const power = (m: Matrix, exponent: number): Matrix => {
  if (exponent === 1) return m;
  const half = power(m, Math.floor(exponent / 2));
  const square = multiply(half, half);
  return exponent % 2 === 0 ? square : multiply(square, m);
};
