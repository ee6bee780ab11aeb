import { isContainer, mapChildren } from "../pytree/children.ts";
import { isEmptyNode, join } from "../pytree/tree-def.ts";

/** The keys from the root of a tree down to a value. */
export type Keys = readonly (string | number)[];

/** Writes a path below the name of a tree, as errors do. */
export const pathAt = (root: string, keys: Keys): string => keys.reduce<string>(join, root);

/** Returns a path as the caller writes it: without the name of the tree. */
export const plain = (keys: Keys): string => pathAt("", keys).replace(/^\./, "");

/** Makes a tree of the same form with other leaves and values on the host, given the keys that lead to each. */
export const replace = (
  node: unknown,
  f: (value: unknown, keys: Keys) => unknown,
  keys: Keys = [],
): unknown => {
  if (isEmptyNode(node)) return node;
  if (!isContainer(node)) return f(node, keys);
  return mapChildren(node, (child, key) => replace(child, f, [...keys, key]));
};

/** Calls a function for each leaf and each value on the host of a tree, with the keys that lead to it. */
export const visit = (node: unknown, f: (value: unknown, keys: Keys) => void): void => {
  replace(node, f);
};
