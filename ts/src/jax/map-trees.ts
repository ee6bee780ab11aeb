import type { JsTree, numpy as np } from "@jax-js/jax";
import { GradloomError } from "../error.ts";
import { isEmptyNode, isPlainObject, join, unflatten } from "../pytree/tree-def.ts";
import { show } from "../show.ts";
import { isLeaf, type Parts, partsOf } from "./arguments.ts";
import { looksLikeArray } from "./array.ts";

const differ = (path: string, message: string): GradloomError =>
  new GradloomError("STRUCTURE_MISMATCH", message, {
    path,
    remedy: "Trees that belong together have the same structure.",
  });

/** Returns an array, which may be one that is traced. Throws where a leaf is none. */
const arrayOf = (leaf: unknown, path: string): np.Array => {
  if (looksLikeArray(leaf)) return leaf as np.Array;
  throw new GradloomError("INVALID_TREE", `expected an array of jax-js, got ${show(leaf)}.`, {
    path,
    remedy: "Make one: np.array(x).",
  });
};

/** Returns the leaves of another tree in the order of those of a first one, undefined where the other one has null. */
const leavesAlong = ({ def }: Parts<unknown>, other: unknown, root: string): (np.Array | undefined)[] => {
  const found: (np.Array | undefined)[] = [];
  const walk = (node: typeof def, value: unknown, path: string): void => {
    if (node.kind === "empty") return;
    if (node.kind === "leaf") {
      if (!isLeaf(value) && !isEmptyNode(value)) throw differ(path, "expected an array here.");
      if (value !== null) found[node.index] = arrayOf(value, path);
      return;
    }
    const keys: readonly (string | number)[] =
      node.kind === "object" ? node.keys : node.children.map((_, i) => i);
    const fits = node.kind === "object" ? isPlainObject(value) : Array.isArray(value);
    if (!fits) throw differ(path, `expected an ${node.kind} here.`);
    const strange = Object.keys(value as object).find((key) => !keys.map(String).includes(key));
    if (strange !== undefined) throw differ(join(path, strange), "there is no such leaf in the other tree.");
    keys.forEach((key, i) => {
      if (!Object.hasOwn(value as object, key)) throw differ(join(path, key), "this leaf is missing.");
      walk(node.children[i] as typeof def, (value as Record<string | number, unknown>)[key], join(path, key));
    });
  };
  walk(def, other, root);
  return found;
};

/** Applies a function to each array of a tree. */
export const mapTree = <T>(f: (leaf: np.Array) => np.Array, tree: T, name = "tree"): T => {
  const { def, leaves, paths } = partsOf(tree, name);
  const arrays = leaves.map((leaf, i) => arrayOf(leaf, paths[i] as string));
  return unflatten(def, (i) => f(arrays[i] as np.Array)) as T;
};

/**
 * Applies a function to the arrays at the same places of two trees, after a check that they fit. Where the second one has null, the
 * result has the array of the first one.
 */
export const mapTrees = <T>(
  f: (a: np.Array, b: np.Array) => np.Array,
  trees: readonly [T, unknown],
  names: readonly [string, string],
): T => {
  const first = partsOf(trees[0], names[0]);
  const arrays = first.leaves.map((leaf, i) => arrayOf(leaf, first.paths[i] as string));
  const others = leavesAlong(first, trees[1], names[1]);
  return unflatten(first.def, (i) => {
    const [a, b] = [arrays[i] as np.Array, others[i]];
    return b === undefined ? a : f(a, b);
  }) as T;
};

/** Returns the arrays of a tree. */
export const arraysOf = (tree: JsTree<np.Array>, name = "tree"): np.Array[] => {
  const { leaves, paths } = partsOf(tree, name);
  return leaves.map((leaf, i) => arrayOf(leaf, paths[i] as string));
};
