import { GradloomError } from "../error.ts";
import { type Field, type OptionsOf, parse, unchecked } from "../options.ts";
import { Ancestors } from "../pytree/ancestors.ts";
import { copyArrays } from "../pytree/copy-arrays.ts";
import { isLeaf } from "../pytree/leaf.ts";
import { namedLike, typeName } from "../pytree/named.ts";
import { isPlainObject, join } from "../pytree/tree-def.ts";
import { show } from "../show.ts";

/** The keys from the root of a tree down to a value. */
export type TreePath = readonly (string | number)[];

/**
 * A key of a path that is a field of a state whose type has a name.
 *
 * @example
 * const state = gl.chain(gl.addNoise(1, 0.9), gl.scaleByAdam()).init({ w: new Float32Array(1) });
 * const ofAdam = (_, __, keys) => keys.at(-1).tupleName === "ScaleByAdamState";
 * console.log(gl.tree.get(state, "count", { filtering: ofAdam })); // 0
 * console.log(String(new gl.treeUtils.NamedTupleKey("ScaleByAdamState", "count"))); // ScaleByAdamState.count
 */
export class NamedTupleKey {
  /** The name of the state's type. */
  readonly tupleName: string;
  /** The field. */
  readonly name: string;

  constructor(tupleName: string, name: string) {
    this.tupleName = tupleName;
    this.name = name;
  }

  toString(): string {
    return `${this.tupleName}.${this.name}`;
  }
}

/**
 * Returns whether a value of the searched name is selected. The keys are those of the path, with the fields of states whose type has
 * a name as `NamedTupleKey`.
 */
export type TreeFilter = (
  path: TreePath,
  value: unknown,
  keys: readonly (string | number | NamedTupleKey)[],
) => boolean;

const OPTIONS = {
  /** Selects among the values of that name; by default all of them. */
  filtering: unchecked<TreeFilter | null>(null) as Field<TreeFilter | null>,
};

const GET_OPTIONS = {
  ...OPTIONS,
  /** The result where no value is found. */
  default: unchecked<unknown>(null),
};

const written = (path: TreePath): string =>
  path.reduce<string>(join, "").replace(/^\./, "") || "the tree itself";

const childrenOf = (node: unknown): [key: string | number, child: unknown][] => {
  if (Array.isArray(node)) return node.map((child, i) => [i, child]);
  if (isLeaf(node)) return [];
  return isPlainObject(node) ? Object.entries(node) : [];
};

/** A value in a tree with the keys that lead to it. */
interface Located {
  readonly path: TreePath;
  readonly keys: Parameters<TreeFilter>[2];
  readonly value: unknown;
}

const locate = ({ path, keys, value: node }: Located): Located[] => {
  const type = typeName(node);
  return childrenOf(node).map(([key, value]) => ({
    path: [...path, key],
    keys: [...keys, type === undefined ? key : new NamedTupleKey(type, key as string)],
    value,
  }));
};

/** Returns whether a value has a name: as the key that it stands under, or as the type of a state. */
const isCalled = ({ path, value }: Located, name: string): boolean =>
  path.at(-1) === name || typeName(value) === name;

const atRoot = (tree: unknown): Located => ({ path: [], keys: [], value: tree });

/**
 * Lists all values of a name in a tree, most often a state, with their paths; values inside such values are listed too.
 * They are the parts of the tree themselves, not copies.
 *
 * A name is a key of an object, such as `mu` or `count` in a state or a key of the parameters, or the type of a state, such as
 * `ScaleByAdamState`. A state that has been through JSON or `structuredClone` has lost the name of its type; `update` and
 * `TrainState.create` give it back.
 *
 * @example
 * const state = gl.chain(gl.scaleByAdam(), gl.scaleBySchedule((t) => 1 / (1 + t))).init({ w: new Float32Array(1) });
 * console.log(gl.tree.getAllWithPath(state, "count")); // [ [ [ 0, 'count' ], 0 ], [ [ 1, 'count' ], 0 ] ]
 */
export const getAllWithPath = (
  tree: unknown,
  key: string,
  options?: OptionsOf<typeof OPTIONS>,
): [path: TreePath, value: unknown][] => {
  const { filtering } = parse("tree.getAllWithPath", OPTIONS, options);
  if (typeof key !== "string") {
    throw new GradloomError("INVALID_HYPERPARAMETER", `expected a name, got ${show(key)}.`, {
      path: "tree.getAllWithPath.key",
      remedy: 'Write tree.getAllWithPath(state, "count").',
    });
  }
  const found: [TreePath, unknown][] = [];
  const above = new Ancestors();
  const search = (at: Located): void => {
    if (isCalled(at, key) && (filtering?.(at.path, at.value, at.keys) ?? true))
      found.push([at.path, at.value]);
    const children = locate(at);
    if (children.length === 0) return;
    above.enter(at.value, written(at.path));
    children.forEach(search);
    above.leave(at.value);
  };
  search(atRoot(tree));
  return found;
};

/**
 * Returns the only value of a name in a tree, most often a state, see `tree.getAllWithPath`: the part itself, not a copy.
 * Returns null, or `default`, where there is none.
 *
 * @throws GradloomError `INVALID_STATE` where there are several; `filtering` tells them apart
 * @example
 * const state = gl.adam(1e-3).init({ w: new Float32Array(1) });
 * console.log(gl.tree.get(state, "count"), gl.tree.get(state, "trace", { default: "none" })); // 0 none
 * console.log(Object.keys(gl.tree.get(state, "ScaleByAdamState"))); // [ 'count', 'mu', 'nu' ]
 */
// biome-ignore lint/suspicious/noExplicitAny: a value of any kind
export const get = (tree: unknown, key: string, options?: OptionsOf<typeof GET_OPTIONS>): any => {
  const { default: fallback, filtering } = parse("tree.get", GET_OPTIONS, options);
  const found = getAllWithPath(tree, key, { filtering });
  if (found.length > 1) {
    throw new GradloomError("INVALID_STATE", `there are ${found.length} values of this name.`, {
      path: key,
      remedy: `Tell them apart with filtering: ${found.map(([path]) => written(path)).join(", ")}.`,
    });
  }
  return found[0] ? found[0][1] : fallback;
};

/** Gives a copy of a new state the type of the one that it replaces. */
const takeType = (old: unknown, value: unknown): unknown =>
  typeName(old) !== undefined && isPlainObject(value) ? namedLike(old, { ...value }) : value;

/**
 * Returns a tree, most often a state, with new values under some names. The arrays of the result are copies.
 *
 * @param values - the new values by name, see `tree.getAllWithPath`
 * @throws GradloomError `INVALID_STATE` where there is no value of a name
 * @example
 * const state = gl.adam(gl.linearSchedule(1, 0, 10)).init({ w: new Float32Array(1) });
 * const later = gl.tree.set(state, { count: 5 });
 * console.log(later[0].count, later[1].count, state[0].count); // 5 5 0
 */
export const set = <T>(
  tree: T,
  values: Readonly<Record<string, unknown>>,
  options?: OptionsOf<typeof OPTIONS>,
): T => {
  const { filtering } = parse("tree.set", OPTIONS, options);
  if (!isPlainObject(values)) {
    throw new GradloomError(
      "INVALID_HYPERPARAMETER",
      `expected an object of new values, got ${show(values)}.`,
      {
        path: "tree.set.values",
        remedy: "Write tree.set(state, { count: 0 }).",
      },
    );
  }
  for (const key of Object.keys(values)) {
    if (getAllWithPath(tree, key, { filtering }).length > 0) continue;
    throw new GradloomError("INVALID_STATE", "there is no value of this name.", {
      path: key,
      remedy: "Names are keys of objects (fields of states, keys of the parameters) and types of states.",
    });
  }
  const replace = (at: Located): unknown => {
    const node = at.value;
    const name = [typeName(node), at.path.at(-1)].find(
      (name) => typeof name === "string" && Object.hasOwn(values, name),
    );
    if (name !== undefined && (filtering?.(at.path, node, at.keys) ?? true))
      return takeType(node, copyArrays(values[name]));
    const children = locate(at).map((child) => [child.path.at(-1), replace(child)]);
    if (Array.isArray(node)) return children.map(([, child]) => child);
    return children.length > 0 ? namedLike(node, Object.fromEntries(children)) : copyArrays(node);
  };
  return replace(atRoot(tree)) as T;
};
