import { reduceTree } from "../plan/reduce-tree.ts";

/**
 * The Euclidean norm of all elements of a tree: sqrt(sum of x² over all leaves). 0 for a tree without leaves.
 *
 * @example
 * console.log(gl.tree.norm({ a: new Float32Array([3]), b: new Float32Array([4]) })); // 5
 */
export const norm = (tree: unknown): number => reduceTree("norm", tree);

/**
 * The norm of all gradients together; Optax's older name of `tree.norm`.
 *
 * @example
 * console.log(gl.globalNorm({ a: new Float32Array([3]), b: new Float32Array([4]) })); // 5
 */
export const globalNorm = norm;
