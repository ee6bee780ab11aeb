import { Ancestors } from "./ancestors.ts";
import { type IntegerSpec, isLeaf, type Leaf, type LeafSpec } from "./leaf.ts";
import { MaskedNode } from "./masked-node.ts";
import { explainNumbers, notALeaf } from "./mistaken-leaf.ts";

/**
 * The structure of a tree without its leaves. Leaves are numbered as JAX does: arrays in order, objects by sorted key,
 * whatever the order in which the keys were written.
 */
export type TreeDef =
  | { readonly kind: "leaf"; readonly index: number }
  | { readonly kind: "empty"; readonly value: unknown }
  | { readonly kind: "array"; readonly children: readonly TreeDef[] }
  | { readonly kind: "object"; readonly keys: readonly string[]; readonly children: readonly TreeDef[] };

/** The structure of a tree with the form of each leaf. A plan is made for one layout. */
export interface Layout {
  readonly def: TreeDef;
  /** The leaves that kernels work on. */
  readonly leaves: readonly LeafSpec[];
  /** The leaves of integers, which stay as they are. In `def` they are numbered after the others. */
  readonly integers: readonly IntegerSpec[];
}

/** Appends a key to a path, as errors write it. */
export const join = (path: string, key: string | number): string =>
  typeof key === "number"
    ? `${path}[${key}]`
    : /^[\w$]+$/.test(key)
      ? `${path}.${key}`
      : `${path}[${JSON.stringify(key)}]`;

/** Returns whether a value is an object literal rather than an instance of some class. */
export const isPlainObject = (value: unknown): value is Record<string, unknown> => {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
};

/** Returns whether a value is a node without leaves: null for JAX's `None`, or a masked leaf. */
export const isEmptyNode = (value: unknown): boolean => value === null || value instanceof MaskedNode;

/**
 * Splits a tree into its leaves and its structure. Leaves are the values that `stop` accepts, by default typed arrays and
 * `{ data, shape }`. Throws where a value is neither a leaf nor a plain container.
 */
export const flatten = <L = Leaf>(
  tree: unknown,
  root: string,
  stop: (value: unknown) => boolean = isLeaf,
): { leaves: L[]; paths: string[]; def: TreeDef } => {
  const leaves: L[] = [];
  const paths: string[] = [];
  const above = new Ancestors();
  const takesNumbers = stop(0);
  const walk = (node: unknown, path: string): TreeDef => {
    if (stop(node)) {
      paths.push(path);
      return { kind: "leaf", index: leaves.push(node as L) - 1 };
    }
    if (isEmptyNode(node)) return { kind: "empty", value: node };
    if (!Array.isArray(node) && !isPlainObject(node)) throw notALeaf(node, path);
    if (!takesNumbers && explainNumbers(node)) throw notALeaf(node, path);
    above.enter(node, path);
    const below = children(node, path);
    above.leave(node);
    return below;
  };
  const children = (node: unknown[] | Record<string, unknown>, path: string): TreeDef => {
    if (Array.isArray(node))
      return { kind: "array", children: Array.from(node, (child, i) => walk(child, join(path, i))) };
    const keys = Object.keys(node);
    const byKey = new Map<string, TreeDef>();
    for (const key of [...keys].sort()) byKey.set(key, walk(node[key], join(path, key)));
    return { kind: "object", keys, children: keys.map((key) => byKey.get(key) as TreeDef) };
  };
  const def = walk(tree, root);
  return { leaves, paths, def };
};

/** Returns the indices of the leaves of a structure. */
export const leavesOf = (def: TreeDef): number[] => {
  if (def.kind === "leaf") return [def.index];
  return def.kind === "empty" ? [] : def.children.flatMap(leavesOf);
};

/** Makes a tree of a structure with `leaf(i)` in place of leaf i. */
export const unflatten = (def: TreeDef, leaf: (index: number) => unknown): unknown => {
  switch (def.kind) {
    case "leaf":
      return leaf(def.index);
    case "empty":
      return def.value;
    case "array":
      return def.children.map((child) => unflatten(child, leaf));
    case "object":
      return Object.fromEntries(def.keys.map((key, i) => [key, unflatten(def.children[i] as TreeDef, leaf)]));
  }
};

/** Makes a structure with other nodes in place of the leaves. */
export const mapDef = (
  def: TreeDef,
  leaf: (leaf: Extract<TreeDef, { readonly kind: "leaf" }>) => TreeDef,
): TreeDef => {
  if (def.kind === "leaf") return leaf(def);
  return def.kind === "empty" ? def : { ...def, children: def.children.map((child) => mapDef(child, leaf)) };
};
