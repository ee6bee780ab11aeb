import { asNode } from "../kernels/as-node.ts";
import { type OptionsOf, parse, unchecked } from "../options.ts";
import { lower } from "../plan/lowering.ts";
import { mapState } from "../plan/state.ts";
import type { GradientTransformation } from "../plan/transformation.ts";
import { Ancestors } from "../pytree/ancestors.ts";
import { copyArrays } from "../pytree/copy-arrays.ts";
import { layoutOf } from "../pytree/layout.ts";
import { isLeaf, type Leaf } from "../pytree/leaf.ts";
import { PLACEHOLDER } from "../pytree/placeholder.ts";
import { isEmptyNode, isPlainObject } from "../pytree/tree-def.ts";

const OPTIONS = {
  /** Trees like the parameters whose leaves are passed to the function too. */
  rest: unchecked<readonly unknown[]>([]),
  /** A function of every other value of the state; by default these are copied. */
  // biome-ignore lint/suspicious/noExplicitAny: values of any kind
  transformNonParams: unchecked<((value: any) => unknown) | null>(null),
};

/** Maps the leaves of a tree, next to trees that have at least its leaves. */
const mapLeaves = (
  tree: unknown,
  rest: readonly unknown[],
  f: (...leaves: unknown[]) => unknown,
  above = new Ancestors(),
): unknown => {
  if (isLeaf(tree)) return f(tree, ...rest);
  if (isEmptyNode(tree)) return tree;
  above.enter(tree, "state");
  const mapped = mapChildren(tree, rest, f, above);
  above.leave(tree);
  return mapped;
};

const mapChildren = (
  tree: unknown,
  rest: readonly unknown[],
  f: (...leaves: unknown[]) => unknown,
  above: Ancestors,
): unknown => {
  const below = (key: string | number) => rest.map((other) => (other as Record<string, unknown>)?.[key]);
  if (Array.isArray(tree)) return tree.map((child, i) => mapLeaves(child, below(i), f, above));
  return Object.fromEntries(
    Object.entries(tree as object).map(([key, child]) => [key, mapLeaves(child, below(key), f, above)]),
  );
};

const mapValues = (value: unknown, f: (value: unknown) => unknown, above = new Ancestors()): unknown => {
  if (isEmptyNode(value)) return value;
  const isArray = Array.isArray(value);
  if (!isArray && (!isPlainObject(value) || isLeaf(value))) return f(value);
  above.enter(value, "state");
  const mapped = isArray
    ? value.map((child) => mapValues(child, f, above))
    : Object.fromEntries(Object.entries(value).map(([key, child]) => [key, mapValues(child, f, above)]));
  above.leave(value);
  return mapped;
};

/**
 * Maps the parts of an optimizer's state that are trees like the parameters, such as `mu`, leaf by leaf.
 *
 * In the state of a transformation of your own, or of one whose trees have another structure, no value counts as such a tree.
 *
 * @param initable - the optimizer
 * @param f - returns the new leaf, given a leaf and those at its place in the trees of `rest`
 * @param state - a state of this optimizer
 * @throws GradloomError `INVALID_STATE` where the state is of another optimizer
 * @example
 * const tx = gl.adam(1e-3);
 * const state = tx.init({ w: new Float32Array(2) });
 * const sizes = gl.tree.mapParams(tx, (leaf) => leaf.length, state);
 * console.log(sizes[0].mu, sizes[0].count); // { w: 2 } 0
 */
export const mapParams = (
  initable: GradientTransformation,
  // biome-ignore lint/suspicious/noExplicitAny: leaves of the caller's own kind
  f: (leaf: any, ...rest: any[]) => unknown,
  state: unknown,
  options?: OptionsOf<typeof OPTIONS>,
  // biome-ignore lint/suspicious/noExplicitAny: leaves become anything
): any => {
  const { rest, transformNonParams } = parse("tree.mapParams", OPTIONS, options);
  const node = asNode(initable, "tree.mapParams.initable");
  const { state: layout } = lower(node, layoutOf(PLACEHOLDER, "params"), PLACEHOLDER);
  const other = (value: unknown): unknown =>
    transformNonParams ? mapValues(value, transformNonParams) : copyArrays(value);
  return mapState(layout, state, "state", {
    slot: (_, value) => mapLeaves(value, rest, (leaf, ...others) => f(leaf as Leaf, ...others)),
    host: (_, value) => other(value),
    opaque: (_, value) => other(value),
  });
};

/**
 * The older name of `tree.mapParams`.
 *
 * @example
 * const tx = gl.trace(0.9);
 * const state = tx.init({ w: new Float32Array(2) });
 * console.log(gl.treeMapParams(tx, (leaf) => leaf.length, state).trace.w); // 2
 */
export const treeMapParams = mapParams;
