import { type ErrorCode, GradloomError } from "../error.ts";
import { lower } from "../plan/lowering.ts";
import type { Node } from "../plan/node.ts";
import { mapState, type SlotRef } from "../plan/state.ts";
import { type Layout, layoutOf, readTree } from "../pytree/layout.ts";
import { dataOf, dtypeOf, isTensor, type Leaf } from "../pytree/leaf.ts";
import { mapLeaves } from "../pytree/map.ts";

/** The arguments of a call of `update`. */
export interface Given {
  readonly updates: unknown;
  readonly state: unknown;
  readonly params: unknown;
}

/** Returns the error that a check throws, undefined where it throws none. */
const errorOf = (check: () => unknown): GradloomError | undefined => {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof GradloomError) return error;
    throw error;
  }
};

/** An array of a state, its value and its path. */
type Kept = readonly [ref: SlotRef, value: unknown, path: string];

/** Lists the arrays in the state of a transformation for a tree. Throws where the state has another structure, or a mask does not fit the tree. */
const arraysOf = (node: Node, layout: Layout, { state }: Given, tree: unknown): Kept[] => {
  const found: Kept[] = [];
  mapState(lower(node, layout, tree).state, state, "state", {
    slot: (...kept) => found.push(kept),
    host: (_, value) => value,
    opaque: (_, value) => value,
  });
  return found;
};

const fits = ([ref, value, path]: Kept): boolean =>
  errorOf(() => readTree(ref.layout, value, path, { extraIntegers: true })) === undefined;

/** Returns whether a state belongs to parameters of a layout. */
const isStateFor = (node: Node, layout: Layout, given: Given, tree: unknown): boolean =>
  errorOf(() => {
    for (const [ref, value, path] of arraysOf(node, layout, given, tree))
      readTree(ref.layout, value, path, { extraIntegers: true });
  }) === undefined;

const REMEDY = "Updates have the structure, shapes and dtypes of the parameters that the state was made for.";

/** Returns the error for the first difference of the updates from an array of the state, which may be stored in another type. */
const differenceFrom = (
  [, value, own]: Kept,
  updates: unknown,
  inOwnType: boolean,
): GradloomError | undefined => {
  const compare = ([kept, update]: readonly Leaf[], [at, path = ""]: readonly string[]): void => {
    const leaves = [kept, update] as [Leaf, Leaf];
    const [shape, got] = leaves.map((leaf) => `[${isTensor(leaf) ? leaf.shape : dataOf(leaf).length}]`);
    const [dtype, type] = leaves.map(dtypeOf);
    const refuse = (code: ErrorCode, expected: unknown, found: unknown): never => {
      throw new GradloomError(code, `expected ${expected} as in ${at}, got ${found}.`, {
        path,
        remedy: REMEDY,
      });
    };
    if (shape !== got) refuse("SHAPE_MISMATCH", `shape ${shape}`, got);
    if (inOwnType && dtype !== type) refuse("DTYPE_MISMATCH", dtype, type);
  };
  return errorOf(() => mapLeaves([value, updates], compare, { names: [own, "updates"], skipEmpty: true }));
};

/** Returns the error for updates that no array of the state fits, undefined where one does. */
const differenceFromState = (node: Node, given: Given): GradloomError | undefined => {
  const layout = layoutOf(given.updates, "updates");
  let all: Kept[] = [];
  const misfit = errorOf(() => {
    all = arraysOf(node, layout, given, given.updates);
  });
  if (misfit) return undefined;
  const like =
    (by: "shape" | "dtype") =>
    ([{ places, leaves, layout: kept }]: Kept): boolean =>
      !places && leaves.every((leaf) => `${kept.leaves[leaf]?.[by]}` === `${layout.leaves[leaf]?.[by]}`);
  const inShape = all.filter(([{ leaves }]) => leaves.length > 0).filter(like("shape"));
  const inOwnType = inShape.filter(like("dtype"));
  const [first] = inOwnType.length > 0 ? inOwnType : inShape;
  const fitting = (inOwnType.length > 0 ? inOwnType : inShape).some(fits);
  return first && !fitting ? differenceFrom(first, given.updates, inOwnType.length > 0) : undefined;
};

/**
 * Returns the error to throw where the arguments of `update` do not fit each other, given the error that was found with the updates taken
 * for right: the parameters and the state are more likely to be right than a gradient, if they fit each other.
 *
 * @param madeFor - the layout of the parameters that the state was made for, where it is known
 */
export const culprit = (
  node: Node,
  found: GradloomError,
  given: Given,
  madeFor: Layout | undefined,
): GradloomError => {
  const { updates, params } = given;
  if (/^updates\b/.test(found.path ?? "")) return found;
  const misfitOf = (layout: Layout) =>
    errorOf(() => readTree(layout, updates, "updates", { nullIntegers: true }));
  const oddParams = (layout: Layout) => errorOf(() => readTree(layout, params, "params", { surplus: true }));
  if (params === undefined) return (madeFor ? misfitOf(madeFor) : differenceFromState(node, given)) ?? found;
  const malformed = errorOf(() => layoutOf(params, "params"));
  if (malformed) return malformed;
  const layout = layoutOf(params, "params");
  const wrong = misfitOf(layout);
  if (!wrong) return found;
  if (madeFor) return misfitOf(madeFor) ?? oddParams(madeFor) ?? wrong;
  if (isStateFor(node, layout, given, params)) return wrong;
  const forUpdates = layoutOf(updates, "updates");
  return (isStateFor(node, forUpdates, given, updates) && oddParams(forUpdates)) || wrong;
};
