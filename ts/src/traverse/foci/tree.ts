import { isLeaf, type Tensor } from "../../pytree/leaf.ts";
import { flatten, isEmptyNode, isPlainObject, unflatten } from "../../pytree/tree-def.ts";
import type { Focus } from "./focus.ts";

/** The type of the leaves of a tree of plain objects and arrays. */
export type TreeLeaf<T> = unknown extends T
  ? unknown
  : T extends ArrayBufferView | Tensor
    ? T
    : T extends readonly (infer E)[]
      ? TreeLeaf<E>
      : T extends object
        ? { [K in keyof T]-?: TreeLeaf<T[K]> }[keyof T]
        : Exclude<T, null | undefined>;

const isEnd = (value: unknown): boolean =>
  isLeaf(value) ||
  !(value === undefined || isEmptyNode(value) || Array.isArray(value) || isPlainObject(value));

/** Selects every leaf of a tree: every value that is no plain object, array or null. Objects are visited in sorted key order. */
export const tree: Focus<unknown, unknown> = {
  iterate: (inputs) => flatten<unknown>(inputs, "tree", isEnd).leaves,
  update: (fn, inputs) => {
    const { leaves, def } = flatten<unknown>(inputs, "tree", isEnd);
    const updated = leaves.map((leaf) => fn(leaf));
    return unflatten(def, (i) => updated[i]);
  },
};
