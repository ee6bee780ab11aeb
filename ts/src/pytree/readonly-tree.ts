import { isPlainObject } from "./tree-def.ts";

/** The type of a tree whose containers and tensors cannot be changed. The elements of its arrays can be written. */
export type ReadonlyTree<P> = 0 extends 1 & P
  ? P
  : P extends ArrayBufferView
    ? P
    : P extends object
      ? { readonly [K in keyof P]: ReadonlyTree<P[K]> }
      : P;

/** Returns whether a value is a list or an object literal, such as an array with a shape. */
export const isListOrObject = (value: unknown): value is object =>
  Array.isArray(value) || isPlainObject(value);

/** Freezes the containers and tensors of a tree, and returns it. */
export const freezeTree = (tree: unknown): unknown => {
  if (!isListOrObject(tree)) return tree;
  for (const child of Object.values(tree)) freezeTree(child);
  return Object.freeze(tree);
};
