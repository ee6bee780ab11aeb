import { GradloomError } from "../error.ts";
import { singularValues } from "./singular-values.ts";

/** The order of a norm: Euclidean by default, the p-norm for a number; "fro" and "nuc" are the Euclidean and the nuclear norm of a matrix. */
export type NormOrd = number | "fro" | "nuc" | null;

const refuse = (message: string): never => {
  throw new GradloomError("INVALID_HYPERPARAMETER", message, {
    path: "safeNorm.ord",
    remedy: "Pass a norm order that fits the number of axes: null, 'fro' or 'nuc' for matrices, or a number.",
  });
};

const greatest = (values: readonly number[]): number =>
  values.reduce((a, b) => (b > a || Number.isNaN(b) ? b : a));
const least = (values: readonly number[]): number =>
  values.reduce((a, b) => (b < a || Number.isNaN(b) ? b : a));
const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const length = (values: readonly number[]): number => Math.sqrt(total(values.map((x) => x * x)));

/** Returns the norm of a list of numbers. */
export const vectorNorm = (values: readonly number[], ord: NormOrd): number => {
  const sizes = values.map(Math.abs);
  if (ord === null || ord === 2) return length(values);
  if (ord === Number.POSITIVE_INFINITY) return greatest(sizes);
  if (ord === Number.NEGATIVE_INFINITY) return least(sizes);
  if (ord === 0) return sizes.filter((size) => size !== 0).length;
  if (typeof ord === "number") return total(sizes.map((size) => size ** ord)) ** (1 / ord);
  return refuse(`"${ord}" is a norm of matrices.`);
};

/**
 * Returns the norm of a matrix.
 *
 * @param rows - one list of elements per row
 */
export const matrixNorm = (rows: readonly (readonly number[])[], ord: NormOrd): number => {
  const sizes = rows.map((row) => row.map(Math.abs));
  const columns = () => (sizes[0] ?? []).map((_, j) => total(sizes.map((row) => row[j] as number)));
  switch (ord) {
    case null:
    case "fro":
      return length(rows.flat());
    case 1:
      return greatest(columns());
    case -1:
      return least(columns());
    case Number.POSITIVE_INFINITY:
      return greatest(sizes.map(total));
    case Number.NEGATIVE_INFINITY:
      return least(sizes.map(total));
    case 2:
      return greatest(singularValues(rows));
    case -2:
      return least(singularValues(rows));
    case "nuc":
      return total(singularValues(rows));
    default:
      return refuse(`${ord} is no norm of matrices: those are null, "fro", "nuc", ±1, ±2 and ±Infinity.`);
  }
};
