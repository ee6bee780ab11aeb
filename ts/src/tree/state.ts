import { GradloomError } from "../error.ts";
import { type Field, type OptionsOf, parse, unchecked } from "../options.ts";
import { Ancestors } from "../pytree/ancestors.ts";
import { copyArrays } from "../pytree/copy-arrays.ts";
import { isLeaf } from "../pytree/leaf.ts";
import { isPlainObject, join } from "../pytree/tree-def.ts";

/** The keys from the root of a tree down to a value. */
export type TreePath = readonly (string | number)[];

/** Returns whether a value under the searched name is selected. */
export type TreeFilter = (path: TreePath, value: unknown) => boolean;

const OPTIONS = {
  /** Selects among the values of that name; by default all of them. */
  filtering: unchecked<TreeFilter | null>(null) as Field<TreeFilter | null>,
};

const GET_OPTIONS = {
  ...OPTIONS,
  /** The result where no value is found. */
  default: unchecked<unknown>(null),
};

const show = (path: TreePath): string =>
  path.reduce<string>(join, "").replace(/^\./, "") || "the tree itself";

const childrenOf = (node: unknown): [key: string | number, child: unknown][] => {
  if (Array.isArray(node)) return node.map((child, i) => [i, child]);
  if (isLeaf(node)) return [];
  return isPlainObject(node) ? Object.entries(node) : [];
};

const search = (
  node: unknown,
  path: TreePath,
  visit: (path: TreePath, value: unknown) => void,
  above = new Ancestors(),
): void => {
  const children = childrenOf(node);
  if (children.length === 0) return;
  above.enter(node, show(path));
  for (const [key, child] of children) {
    const at = [...path, key];
    visit(at, child);
    search(child, at, visit, above);
  }
  above.leave(node);
};

/**
 * Lists all values of a name in a tree, most often a state, with their paths; values inside such values are listed too.
 * They are the parts of the tree themselves, not copies.
 *
 * A name is a key of an object: a field of a state such as `mu` or `count`, or a key of the parameters.
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
  const found: [TreePath, unknown][] = [];
  search(tree, [], (path, value) => {
    if (path.at(-1) === key && (filtering?.(path, value) ?? true)) found.push([path, value]);
  });
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
 */
// biome-ignore lint/suspicious/noExplicitAny: a value of any kind
export const get = (tree: unknown, key: string, options?: OptionsOf<typeof GET_OPTIONS>): any => {
  const { default: fallback, filtering } = parse("tree.get", GET_OPTIONS, options);
  const found = getAllWithPath(tree, key, { filtering });
  if (found.length > 1) {
    throw new GradloomError("INVALID_STATE", `there are ${found.length} values of this name.`, {
      path: key,
      remedy: `Tell them apart with filtering: ${found.map(([path]) => show(path)).join(", ")}.`,
    });
  }
  return found[0] ? found[0][1] : fallback;
};

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
  for (const key of Object.keys(values)) {
    if (getAllWithPath(tree, key, { filtering }).length > 0) continue;
    throw new GradloomError("INVALID_STATE", "there is no value of this name.", {
      path: key,
      remedy: "Names are keys of objects: fields of states, keys of the parameters.",
    });
  }
  const replace = (node: unknown, path: TreePath): unknown => {
    const next = ([key, child]: [string | number, unknown]): [string | number, unknown] => {
      const at = [...path, key];
      const hit = typeof key === "string" && Object.hasOwn(values, key) && (filtering?.(at, child) ?? true);
      return [key, hit ? copyArrays(values[key]) : replace(child, at)];
    };
    const children = childrenOf(node).map(next);
    if (Array.isArray(node)) return children.map(([, child]) => child);
    return children.length > 0 ? Object.fromEntries(children) : copyArrays(node);
  };
  return replace(tree, []) as T;
};
