import { mapChildren } from "../pytree/children.ts";
import { isLeaf } from "../pytree/leaf.ts";
import { isEmptyNode, isPlainObject, join } from "../pytree/tree-def.ts";

/** The keys from the root of a tree down to a value. */
export type Keys = readonly (string | number)[];

/** Writes a path below the name of a tree, as errors do. */
export const written = (keys: Keys, root: string): string => keys.reduce<string>(join, root);

/** Returns a path as the caller writes it: without the name of the tree. */
export const plain = (keys: Keys): string => written(keys, "").replace(/^\./, "");

/** Calls a function for each leaf and each value on the host of a tree, with the keys that lead to it. */
export const visit = (node: unknown, f: (value: unknown, keys: Keys) => void, keys: Keys = []): void => {
  const isContainer = !isLeaf(node) && (Array.isArray(node) || isPlainObject(node));
  if (isEmptyNode(node)) return;
  if (!isContainer) f(node, keys);
  else if (Array.isArray(node)) for (const [i, child] of node.entries()) visit(child, f, [...keys, i]);
  else for (const [key, child] of Object.entries(node as object)) visit(child, f, [...keys, key]);
};

/** Makes a tree of the same form with other leaves and values on the host. */
export const replace = (
  node: unknown,
  f: (value: unknown, keys: Keys) => unknown,
  keys: Keys = [],
): unknown => {
  if (isEmptyNode(node)) return node;
  if (isLeaf(node) || !(Array.isArray(node) || isPlainObject(node))) return f(node, keys);
  return mapChildren(node as object, (child, key) => replace(child, f, [...keys, key]));
};
