import type { ElementArray } from "../pytree/dtype.ts";
import { layoutOf, readTree, writeTree } from "../pytree/layout.ts";

/**
 * Multiplies every element of a tree by a number: scalar * x, in new arrays.
 *
 * @example
 * console.log(gl.tree.scale(2, { a: new Float32Array([3]) }).a[0]); // 6
 */
export const scale = <T>(scalar: number, tree: T): T => {
  const layout = layoutOf(tree, "tree");
  const arrays = readTree(layout, tree, "tree");
  return writeTree(layout, (i) => (arrays[i] as ElementArray).map((x) => scalar * x)) as T;
};
