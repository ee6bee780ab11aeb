import { elementwise } from "./elementwise.ts";

/**
 * Adds two or more trees: x + y + ….
 *
 * @example
 * console.log(gl.tree.add({ a: new Float32Array([1]) }, { a: new Float32Array([2]) }).a[0]); // 3
 */
export const add = <T>(treeX: T, treeY: T, ...otherTrees: readonly T[]): T =>
  otherTrees.reduce((x, y, i) => sum(x, y, `otherTrees[${i}]`), sum(treeX, treeY, "treeY"));

const sum = <T>(treeX: T, treeY: T, nameY: string): T =>
  elementwise([treeX, treeY], (round) => (x, y) => round(x + y), { names: ["treeX", nameY] });

/**
 * Subtracts a tree from another: x - y.
 *
 * @example
 * console.log(gl.tree.sub({ a: new Float32Array([3]) }, { a: new Float32Array([2]) }).a[0]); // 1
 */
export const sub = <T>(treeX: T, treeY: T): T =>
  elementwise([treeX, treeY], (round) => (x, y) => round(x - y), { names: ["treeX", "treeY"] });

/**
 * Multiplies two trees element by element: x * y.
 *
 * @example
 * console.log(gl.tree.mul({ a: new Float32Array([3]) }, { a: new Float32Array([2]) }).a[0]); // 6
 */
export const mul = <T>(treeX: T, treeY: T): T =>
  elementwise([treeX, treeY], (round) => (x, y) => round(x * y), { names: ["treeX", "treeY"] });

/**
 * Divides a tree by another element by element: x / y.
 *
 * @example
 * console.log(gl.tree.div({ a: new Float32Array([6]) }, { a: new Float32Array([2]) }).a[0]); // 3
 */
export const div = <T>(treeX: T, treeY: T): T =>
  elementwise([treeX, treeY], (round) => (x, y) => round(x / y), { names: ["treeX", "treeY"] });

/**
 * Multiplies every element of a tree by a number: scalar * x.
 *
 * @example
 * console.log(gl.tree.scale(2, { a: new Float32Array([3]) }).a[0]); // 6
 */
export const scale = <T>(scalar: number, tree: T): T =>
  elementwise([tree], (round) => {
    const factor = round(scalar);
    return (x) => round(factor * x);
  });

/**
 * Adds a multiple of a tree to another: x + scalar * y. Where the first tree has null, so has the result.
 *
 * @example
 * console.log(gl.tree.addScale({ a: new Float32Array([1]) }, 2, { a: new Float32Array([3]) }).a[0]); // 7
 */
export const addScale = <T>(treeX: T, scalar: number, treeY: unknown): T =>
  elementwise(
    [treeX, treeY],
    (round) => {
      const factor = round(scalar);
      return (x, y) => round(x + round(factor * y));
    },
    { names: ["treeX", "treeY"], skipEmpty: true },
  );
