import { flag, type OptionsOf, parse } from "../options.ts";
import type { DType } from "../pytree/dtype.ts";
import { dataOf, type Leaf } from "../pytree/leaf.ts";
import { mapLeaves } from "../pytree/map.ts";
import { promote, rounding } from "../pytree/operand.ts";
import { commonType, operands } from "./elementwise.ts";

/** Folds the elements of trees in tree order, in double precision; the result is rounded to the trees' type. */
const fold = (
  trees: readonly [unknown, ...unknown[]],
  names: readonly string[],
  initial: number,
  step: (value: number, x: number, y: number) => number,
): number => {
  let value = initial;
  let dtype: DType | undefined;
  mapLeaves(
    trees,
    (leaves, paths) => {
      const read = operands(leaves, paths);
      const own = commonType(read);
      dtype = dtype ? promote(dtype, own) : own;
      const [x, y] = [read[0].numbers, (read[1] ?? read[0]).numbers];
      for (let i = 0; i < x.length; i++) value = step(value, x[i] as number, y[i] as number);
    },
    { names },
  );
  return dtype ? rounding[dtype](value) : value;
};

/**
 * Returns the inner product of two trees: the sum of x * y over all elements. Added up in double precision.
 *
 * @example
 * console.log(gl.tree.vdot({ a: new Float32Array([1, 2]) }, { a: new Float32Array([3, 4]) })); // 11
 */
export const vdot = (treeX: unknown, treeY: unknown): number => dot({ treeX, treeY });

/** Returns the inner product of two trees, given under the names of their arguments. */
export const dot = (trees: Readonly<Record<string, unknown>>): number =>
  fold(Object.values(trees) as [unknown], Object.keys(trees), 0, (total, x, y) => total + x * y);

/** Returns the sum of the squares of a tree's elements. */
export const sumOfSquares = (tree: unknown): number => fold([tree], ["tree"], 0, (total, x) => total + x * x);

const SUM_OPTIONS = {
  /** Optax's choice of an order of summation; it makes no difference here. */
  associativeReduction: flag(false),
};

/**
 * Returns the sum of all elements of a tree, 0 for a tree without leaves. Added up in double precision, so the order of
 * `associativeReduction` makes no difference.
 *
 * @example
 * console.log(gl.tree.sum({ a: new Float32Array([1, 2]), b: new Float32Array([3]) })); // 6
 */
export const sum = (tree: unknown, options?: OptionsOf<typeof SUM_OPTIONS>): number => {
  parse("tree.sum", SUM_OPTIONS, options);
  return fold([tree], ["tree"], 0, (total, x) => total + x);
};

/**
 * Returns the greatest element of a tree; NaN where there is one, -Infinity for a tree without elements.
 *
 * @example
 * console.log(gl.tree.max({ a: new Float32Array([1, 2]), b: new Float32Array([3]) })); // 3
 */
export const max = (tree: unknown): number =>
  fold([tree], ["tree"], Number.NEGATIVE_INFINITY, (greatest, x) => Math.max(greatest, x));

/**
 * Returns the least element of a tree; NaN where there is one, Infinity for a tree without elements.
 *
 * @example
 * console.log(gl.tree.min({ a: new Float32Array([1, 2]), b: new Float32Array([3]) })); // 1
 */
export const min = (tree: unknown): number =>
  fold([tree], ["tree"], Number.POSITIVE_INFINITY, (least, x) => Math.min(least, x));

/**
 * Returns the number of elements of a tree.
 *
 * @example
 * console.log(gl.tree.size({ a: new Float32Array(3), b: gl.tensor(new Float32Array(4), [2, 2]) })); // 7
 */
export const size = (tree: unknown): number => {
  let n = 0;
  mapLeaves([tree], ([leaf]) => {
    n += dataOf(leaf as Leaf).length;
  });
  return n;
};
