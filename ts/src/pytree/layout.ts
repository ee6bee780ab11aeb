import { type ErrorCode, GradloomError } from "../error.ts";
import type { DType, ElementArray } from "./dtype.ts";
import {
  dataOf,
  describeLeaf,
  dtypeOf,
  isLeaf,
  isTensor,
  type Leaf,
  type LeafSpec,
  refuseDetached,
} from "./leaf.ts";
import { MASKED } from "./masked-node.ts";
import { isShape } from "./shape.ts";
import { flatten, isEmptyNode, isPlainObject, join, type TreeDef, unflatten } from "./tree-def.ts";

/** The structure of a tree with the dtype and shape of each leaf. A plan is made for one layout. */
export interface Layout {
  readonly def: TreeDef;
  readonly leaves: readonly LeafSpec[];
}

/** Returns the layout of a tree of parameters or gradients. */
export const layoutOf = (tree: unknown, root: string): Layout => {
  const { leaves, paths, def } = flatten<Leaf>(tree, root);
  const specs = leaves.map((leaf, i) => {
    const spec = describeLeaf(leaf, paths[i] as string);
    return { ...spec, path: spec.path.slice(root.length).replace(/^\./, "") };
  });
  return { def, leaves: specs };
};

/** Returns the path of a leaf in a tree of a given name, for errors. */
export const pathIn = (root: string, path: string): string =>
  path === "" || path.startsWith("[") ? root + path : `${root}.${path}`;

/**
 * Masks all leaves of a layout but the given ones.
 *
 * @param dtype - the dtype of the result's leaves, by default their own
 * @param hidden - inner nodes that are masked as a whole
 */
export const restrict = (
  layout: Layout,
  leaves: readonly number[],
  { dtype, hidden = [] }: { readonly dtype?: DType | undefined; readonly hidden?: readonly TreeDef[] } = {},
): Layout => {
  const kept = new Set(leaves);
  const whole = new Set(hidden);
  const hide = (def: TreeDef): TreeDef => {
    if (whole.has(def)) return { kind: "empty", value: MASKED };
    if (def.kind === "leaf") return kept.has(def.index) ? def : { kind: "empty", value: MASKED };
    return def.kind === "empty" ? def : { ...def, children: def.children.map(hide) };
  };
  return {
    def: kept.size === layout.leaves.length && whole.size === 0 ? layout.def : hide(layout.def),
    leaves: dtype ? layout.leaves.map((spec) => ({ ...spec, dtype })) : layout.leaves,
  };
};

/** Returns a text that is equal for two layouts exactly if a plan for one fits the other. */
export const layoutKey = ({ def, leaves }: Layout): string => {
  const structure = (node: TreeDef): string => {
    if (node.kind === "leaf") return "*";
    if (node.kind === "empty") return "-";
    if (node.kind === "array") return `[${node.children.map(structure).join()}]`;
    return `{${node.keys.map((key, i) => `${JSON.stringify(key)}:${structure(node.children[i] as TreeDef)}`).join()}}`;
  };
  return `${structure(def)}|${leaves.map((l) => `${l.dtype}${l.shaped ? "!" : ""}[${l.shape}]`).join("|")}`;
};

interface Mismatch {
  readonly code: ErrorCode;
  readonly path: string;
  readonly message: string;
}

/** The ways in which a tree may differ from a layout. */
interface Tolerance {
  /** A bare array may not stand for a shaped one. */
  readonly exact?: boolean;
  /** Null may stand for a leaf, which then has no array. */
  readonly gaps?: boolean;
  /** Anything may stand where the layout has no leaf. */
  readonly surplus?: boolean;
}

/** Collects the arrays of a tree, or returns its first difference from the layout. */
const compare = (
  layout: Layout,
  tree: unknown,
  root: string,
  into: ElementArray[],
  { exact = false, gaps = false, surplus = false }: Tolerance = {},
): Mismatch | null => {
  const structural = (path: string, message: string): Mismatch => ({
    code: "STRUCTURE_MISMATCH",
    path,
    message,
  });
  const walk = (def: TreeDef, node: unknown, path: string): Mismatch | null => {
    switch (def.kind) {
      case "leaf": {
        if (gaps && node === null) return null;
        if (typeof node === "number") {
          return {
            code: "INVALID_TREE",
            path,
            message: `the number ${node} is not a leaf; write new Float32Array([${node}]).`,
          };
        }
        if (!isLeaf(node))
          return structural(path, node === undefined ? "this leaf is missing." : "expected a leaf here.");
        const found = compareLeaf(layout.leaves[def.index] as LeafSpec, node, path);
        if (exact && found === null && isTensor(node) !== layout.leaves[def.index]?.shaped) {
          return { code: "SHAPE_MISMATCH", path, message: "expected an array with a shape." };
        }
        if (found === null) into[def.index] = dataOf(node);
        return found;
      }
      case "empty":
        return surplus || isEmptyNode(node) || isMaskedCopy(node)
          ? null
          : structural(path, "expected null here: there is no leaf, or a mask hides it.");
      case "array": {
        if (!Array.isArray(node)) return structural(path, "expected an array here.");
        if (node.length !== def.children.length) {
          return structural(path, `expected ${def.children.length} items, got ${node.length}.`);
        }
        for (let i = 0; i < node.length; i++) {
          const found = walk(def.children[i] as TreeDef, node[i], join(path, i));
          if (found) return found;
        }
        return null;
      }
      case "object": {
        if (!isPlainObject(node) || isLeaf(node)) return structural(path, "expected an object here.");
        for (let i = 0; i < def.keys.length; i++) {
          const key = def.keys[i] as string;
          const found = walk(def.children[i] as TreeDef, node[key], join(path, key));
          if (found) return found;
        }
        for (const key of Object.keys(node)) {
          if (!def.keys.includes(key)) return structural(join(path, key), "no such key is expected here.");
        }
        return null;
      }
    }
  };
  return walk(layout.def, tree, root);
};

/** Returns whether a node is masked leaves after JSON or `structuredClone`, which make `{}` of each, or a tree of such leaves. */
const isMaskedCopy = (node: unknown): boolean =>
  (isPlainObject(node) || Array.isArray(node)) &&
  Object.values(node).every((child) => isEmptyNode(child) || isMaskedCopy(child));

const compareLeaf = (spec: LeafSpec, leaf: Leaf, path: string): Mismatch | null => {
  const data = dataOf(leaf);
  const dtype = dtypeOf(leaf);
  if (dtype !== spec.dtype) {
    return {
      code: "DTYPE_MISMATCH",
      path,
      message: `expected ${spec.dtype}, got ${dtype ?? data.constructor.name}.`,
    };
  }
  if (data.length !== spec.size) {
    if (spec.size > 0) refuseDetached(data, path);
    return { code: "SHAPE_MISMATCH", path, message: `expected ${spec.size} elements, got ${data.length}.` };
  }
  if (isTensor(leaf) && !isShape(leaf.shape, spec.shape)) {
    return { code: "SHAPE_MISMATCH", path, message: `expected shape [${spec.shape}], got [${leaf.shape}].` };
  }
  return null;
};

/** Returns whether a tree has this layout. */
export const hasLayout = (layout: Layout, tree: unknown, root: string): boolean =>
  compare(layout, tree, root, [], { exact: true }) === null;

/** Returns the arrays of a tree in leaf order. Throws where the tree does not have the layout. */
export const readTree = (
  layout: Layout,
  tree: unknown,
  root: string,
  into: ElementArray[] = [],
  tolerance?: Pick<Tolerance, "gaps" | "surplus">,
): ElementArray[] => {
  const found = compare(layout, tree, root, into, tolerance);
  if (found === null) return into;
  throw new GradloomError(found.code, found.message, {
    path: found.path,
    remedy: "Parameters, updates and state must fit each other in structure, shapes and dtypes.",
  });
};

/** Makes a tree of a layout with `array(i)` as the elements of leaf i. */
export const writeTree = (layout: Layout, array: (index: number) => ElementArray): unknown =>
  unflatten(layout.def, (i) => {
    const { dtype, shape, shaped } = layout.leaves[i] as LeafSpec;
    const data = array(i);
    if (data instanceof Uint16Array) return { data, shape: [...shape], dtype };
    return shaped ? { data, shape: [...shape] } : data;
  });
