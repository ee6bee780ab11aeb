import { type ErrorCode, GradloomError } from "../error.ts";
import { withArticle } from "../show.ts";
import { MOST_LEVELS } from "./ancestors.ts";
import { classOf, type ElementArray } from "./dtype.ts";
import {
  dataOf,
  dtypeOf,
  isIntegerLeaf,
  isLeaf,
  isTensor,
  type Leaf,
  refuseDetached,
  shapeOf,
} from "./leaf.ts";
import { MaskedNode } from "./masked-node.ts";
import { explainNumbers, notALeaf } from "./mistaken-leaf.ts";
import { isShape } from "./shape.ts";
import { isEmptyNode, isPlainObject, type Layout, type TreeDef } from "./tree-def.ts";

/** The differences between a tree and a layout that are allowed. */
export interface Reading {
  /** None: shapes and empty nodes are the same too. By default a bare array may stand for a shaped one. */
  readonly exact?: boolean;
  /** Null may stand for a leaf, which then has no array. */
  readonly gaps?: boolean;
  /** Anything may stand where the layout has no leaf. */
  readonly surplus?: boolean;
  /** Leaves of integers may be null: gradients of them. */
  readonly nullIntegers?: boolean;
  /** There may be leaves of integers where the layout has nothing: parameters without a gradient. */
  readonly extraIntegers?: boolean;
}

/** The first difference of a tree from a layout: the keys to it, from the inside out, and the error given its path. */
export interface Mismatch {
  readonly keys: (string | number)[];
  readonly error: (path: string) => GradloomError;
}

const mismatch = (code: ErrorCode, message: string): Mismatch => ({
  keys: [],
  error: (path) =>
    new GradloomError(code, message, {
      path,
      remedy: "Trees that belong together have the same structure, shapes and dtypes.",
    }),
});

const structural = (message: string): Mismatch => mismatch("STRUCTURE_MISMATCH", message);

const mistaken = (value: unknown): Mismatch => ({ keys: [], error: (path) => notALeaf(value, path) });

/** Collects the arrays of a tree by the numbers of their leaves, or returns its first difference from the layout. */
export const compare = (
  layout: Layout,
  tree: unknown,
  into: ElementArray[],
  reading: Reading = {},
): Mismatch | null => {
  const {
    exact = false,
    gaps = false,
    surplus = false,
    nullIntegers = false,
    extraIntegers = false,
  } = reading;
  const walk = (def: TreeDef, node: unknown): Mismatch | null => {
    if (node === undefined) return mistaken(node);
    switch (def.kind) {
      case "leaf": {
        if (gaps && node === null) return null;
        if (
          nullIntegers &&
          def.index >= layout.leaves.length &&
          (node === null || node instanceof MaskedNode)
        )
          return null;
        if (!isLeaf(node)) return noLeaf(node);
        const found = compareLeaf(layout, def.index, node, exact);
        if (found === null) into[def.index] = dataOf(node);
        return found;
      }
      case "empty":
        if (exact) return isSameEmpty(def.value, node) ? null : structural("another empty node.");
        return surplus ||
          isEmptyNode(node) ||
          isMaskedCopy(node) ||
          (extraIntegers && isLeaf(node) && isIntegerLeaf(node))
          ? null
          : structural("expected null here: there is no leaf, or a mask hides it.");
      case "array": {
        if (!Array.isArray(node)) return structural("expected an array here.");
        if (node.length !== def.children.length) {
          return structural(`expected ${def.children.length} items, got ${node.length}.`);
        }
        for (let i = 0; i < node.length; i++) {
          const found = walk(def.children[i] as TreeDef, node[i]);
          if (found) return below(node, i, found);
        }
        return null;
      }
      case "object": {
        if (!isPlainObject(node) || isLeaf(node)) return structural("expected an object here.");
        const values = valuesAt(node, def.keys);
        for (let i = 0; i < values.length; i++) {
          const key = def.keys[i] as string;
          const child = def.children[i] as TreeDef;
          const isMissing = values[i] === undefined && !Object.hasOwn(node, key);
          const found = isMissing ? missing(child) : walk(child, values[i]);
          if (found) return below(node, key, found);
        }
        const keys = Object.keys(node);
        if (exact && keys.some((key, i) => key !== def.keys[i]))
          return structural("other keys, or in another order.");
        if (keys.length === values.length) return null;
        const expected = new Set(def.keys);
        const extra = keys.find((key) => !expected.has(key)) as string;
        return below(node, extra, structural("no such key is expected here."));
      }
    }
  };
  return walk(layout.def, tree);
};

/** Reads the values under some keys: in a function of its own, where a large object is read several times as fast. */
const valuesAt = (node: Readonly<Record<string, unknown>>, keys: readonly string[]): unknown[] => {
  const values: unknown[] = [];
  for (let i = 0; i < keys.length; i++) values.push(node[keys[i] as string]);
  return values;
};

/** Returns a difference inside a node; where the node is meant as a leaf, the node itself is the difference. */
const below = (node: object, key: string | number, found: Mismatch): Mismatch => {
  if (found.keys.length === 0 && explainNumbers(node)) return mistaken(node);
  found.keys.push(key);
  return found;
};

const missing = ({ kind }: TreeDef): Mismatch =>
  structural(`this ${kind === "leaf" ? "leaf" : "part"} is missing.`);

const noLeaf = (node: unknown): Mismatch => {
  const isContainer = Array.isArray(node) || isPlainObject(node) || isEmptyNode(node);
  return isContainer && !(node && explainNumbers(node))
    ? structural("expected a leaf here.")
    : mistaken(node);
};

const isSameEmpty = (value: unknown, node: unknown): boolean =>
  value instanceof MaskedNode ? node instanceof MaskedNode : node === value;

/** Returns whether a node is masked leaves after JSON or `structuredClone`, which make `{}` of each, or a tree of such leaves. */
const isMaskedCopy = (node: unknown, level = 0): boolean =>
  (isPlainObject(node) || Array.isArray(node)) &&
  level < MOST_LEVELS &&
  Object.values(node).every((child) => isEmptyNode(child) || isMaskedCopy(child, level + 1));

const compareLeaf = (
  { leaves, integers }: Layout,
  index: number,
  leaf: Leaf,
  exact: boolean,
): Mismatch | null => {
  const data = dataOf(leaf);
  const spec = leaves[index];
  const { size, shape, shaped } = spec ?? (integers[index - leaves.length] as Layout["integers"][number]);
  const expected = spec?.dtype ?? integers[index - leaves.length]?.array;
  const dtype = dtypeOf(leaf);
  if ((spec ? dtype : classOf(data)) !== expected) {
    return mismatch("DTYPE_MISMATCH", `expected ${expected}, got ${dtype ?? withArticle(classOf(data))}.`);
  }
  if (data.length !== size) {
    const wrong = mismatch(
      "SHAPE_MISMATCH",
      `expected ${size} element${size === 1 ? "" : "s"}, got ${data.length}.`,
    );
    const error = (path: string): GradloomError => {
      if (size > 0) refuseDetached(data, path);
      return wrong.error(path);
    };
    return { ...wrong, error };
  }
  if (isTensor(leaf) && !isShape(leaf.shape, shape)) {
    const error = (path: string): GradloomError =>
      mismatch("SHAPE_MISMATCH", `expected shape [${shape}], got [${shapeOf(leaf, path)}].`).error(path);
    return { keys: [], error };
  }
  return exact && isTensor(leaf) !== shaped
    ? mismatch("SHAPE_MISMATCH", "expected an array with a shape.")
    : null;
};
