import { compare, type Reading } from "./compare.ts";
import { type DType, type ElementArray, type IntegerArray, isHalf } from "./dtype.ts";
import {
  cannotCompute,
  describeIntegers,
  describeLeaf,
  type IntegerSpec,
  isIntegerLeaf,
  type Leaf,
  type LeafSpec,
} from "./leaf.ts";
import { MASKED, MaskedNode } from "./masked-node.ts";
import { flatten, join, type Layout, mapDef, type TreeDef, unflatten } from "./tree-def.ts";

export type { Layout } from "./tree-def.ts";

/** Returns the layout of a tree of parameters or gradients. */
export const layoutOf = (tree: unknown, root: string): Layout => {
  const { leaves, paths, def } = flatten<Leaf>(tree, root);
  return layoutWith(def, paths, root, (i) => {
    const leaf = leaves[i] as Leaf;
    const path = paths[i] as string;
    return isIntegerLeaf(leaf) ? describeIntegers(leaf, path) : describeLeaf(leaf, path);
  });
};

/** Makes the layout of a flattened tree; `form(i)` describes its i-th leaf. */
export const layoutWith = (
  def: TreeDef,
  paths: readonly string[],
  root: string,
  form: (index: number) => LeafSpec | IntegerSpec,
): Layout => {
  const leaves: LeafSpec[] = [];
  const integers: IntegerSpec[] = [];
  const numbers = paths.map((path, i) => {
    const spec = { ...form(i), path: path.slice(root.length).replace(/^\./, "") };
    return "array" in spec ? -integers.push(spec) : leaves.push(spec) - 1;
  });
  if (integers.length === 0) return { def, leaves, integers };
  const renumbered = mapDef(def, ({ kind, index }) => {
    const number = numbers[index] as number;
    return { kind, index: number < 0 ? leaves.length - number - 1 : number };
  });
  return { def: renumbered, leaves, integers };
};

/** Returns the forms of all leaves, in the order of their numbers. */
export const allLeaves = ({ leaves, integers }: Layout): readonly (LeafSpec | IntegerSpec)[] =>
  integers.length === 0 ? leaves : [...leaves, ...integers];

/** Throws where a tree has leaves of integers, for functions that compute with every leaf. */
export const refuseIntegers = ({ integers }: Layout, root: string): void => {
  const [first] = integers;
  if (first) throw cannotCompute(first.array, pathIn(root, first.path));
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
  const isWhole = kept.size === layout.leaves.length && layout.integers.length === 0 && whole.size === 0;
  return {
    def: isWhole ? layout.def : hide(layout.def),
    leaves: dtype ? layout.leaves.map((spec) => ({ ...spec, dtype })) : layout.leaves,
    integers: [],
  };
};

/** Returns a text that is equal for two layouts exactly if a plan for one fits the other. */
export const layoutKey = ({ def, leaves, integers }: Layout): string => {
  const structure = (node: TreeDef): string => {
    if (node.kind === "leaf") return node.index < leaves.length ? "*" : "#";
    if (node.kind === "empty") return node.value instanceof MaskedNode ? "-" : `${node.value}`;
    if (node.kind === "array") return `[${node.children.map(structure).join()}]`;
    return `{${node.keys.map((key, i) => `${JSON.stringify(key)}:${structure(node.children[i] as TreeDef)}`).join()}}`;
  };
  const form = (
    type: string,
    { shape, shaped }: { readonly shape: readonly number[]; readonly shaped: boolean },
  ) => `${type}${shaped ? "!" : ""}[${shape}]`;
  return [
    structure(def),
    ...leaves.map((leaf) => form(leaf.dtype, leaf)),
    ...integers.map((leaf) => form(leaf.array, leaf)),
  ].join("|");
};

/** Returns whether a tree has this layout. */
export const hasLayout = (layout: Layout, tree: unknown): boolean =>
  compare(layout, tree, [], { exact: true }) === null;

/** Returns the arrays of a tree by the numbers of their leaves. Throws where the tree does not have the layout. */
export const readTree = (layout: Layout, tree: unknown, root: string, reading?: Reading): ElementArray[] => {
  const arrays: ElementArray[] = [];
  const found = compare(layout, tree, arrays, reading);
  if (found === null) return arrays;
  throw found.error(found.keys.reverse().reduce<string>(join, root));
};

/** Makes a tree of a layout with `array(i)` as the elements of leaf i; null in place of a leaf of integers that there is no array for. */
export const writeTree = (
  layout: Layout,
  array: (index: number) => ElementArray | IntegerArray | null,
): unknown =>
  unflatten(layout.def, (i) => {
    const data = array(i);
    if (!data) return null;
    const leaf = layout.leaves[i];
    const { shape, shaped } = leaf ?? (layout.integers[i - layout.leaves.length] as IntegerSpec);
    if (leaf && isHalf(leaf.dtype)) return { data, shape: [...shape], dtype: leaf.dtype };
    return shaped ? { data, shape: [...shape] } : data;
  });
