import { GradloomError } from "../error.ts";
import { type OptionsOf, parse } from "../options.ts";
import { MOST_LEVELS, tooDeep } from "../pytree/ancestors.ts";
import { type NestedDict, type Path, requireDict } from "./dict.ts";
import { type EmptyNode, emptyNode } from "./empty-node.ts";
import { separator } from "./separator.ts";

const OPTIONS = {
  /** The text between the keys of joined paths; by default paths are arrays. */
  sep: separator,
};

export type UnflattenDictOptions = OptionsOf<typeof OPTIONS>;

/** An object under construction, as opposed to objects that are values. */
class Branch {
  readonly children = new Map<string, unknown>();

  finish(): Record<string, unknown> {
    const finished = (value: unknown) => (value instanceof Branch ? value.finish() : value);
    return Object.fromEntries([...this.children].map(([key, value]) => [key, finished(value)]));
  }
}

const CONFLICT = "the path occurs twice, or values lie below a value.";
const LEAVE_OUT = "Leave one of the two out.";

const refuse = (path: Path, message: string, remedy: string): never => {
  throw new GradloomError("INVALID_TREE", message, { path: ["unflattenDict", ...path].join("."), remedy });
};

/** Returns an entry. Throws where it is no pair of a value and a path of at least one key. */
const checkEntry = (entry: unknown): readonly [path: Path, value: unknown] => {
  const path: unknown = Array.isArray(entry) ? entry[0] : undefined;
  const valid = Array.isArray(path) && path.length > 0 && path.every((key) => typeof key === "string");
  return valid
    ? (entry as [Path, unknown])
    : refuse(
        [],
        "a path is an array of at least one key.",
        'Write [["dense", "kernel"], value], or give sep.',
      );
};

/** Nests values by their paths. */
export const nest = (entries: Iterable<readonly [path: Path, value: unknown]>): Record<string, unknown> => {
  const root = new Branch();
  for (const entry of entries) {
    const [path, value] = checkEntry(entry);
    if (path.length > MOST_LEVELS) throw tooDeep(path.join("."));
    let branch = root;
    for (const [depth, key] of path.slice(0, -1).entries()) {
      const child = branch.children.has(key) ? branch.children.get(key) : new Branch();
      if (!(child instanceof Branch)) return refuse(path.slice(0, depth + 1), CONFLICT, LEAVE_OUT);
      branch.children.set(key, child);
      branch = child;
    }
    const key = path.at(-1)!;
    if (branch.children.has(key)) refuse(path, CONFLICT, LEAVE_OUT);
    branch.children.set(key, value === emptyNode ? {} : value);
  }
  return root.finish();
};

const isPairs = (flat: unknown): flat is Iterable<readonly [Path, unknown]> =>
  typeof flat === "object" && flat !== null && Symbol.iterator in flat;

/**
 * Nests values by their paths: the inverse of `flattenDict`. `emptyNode` becomes an empty object.
 *
 * @param flat - pairs of path and value (an array, a Map); with `sep` an object from joined path to value
 * @throws GradloomError INVALID_TREE if a path is empty, occurs twice or leads through a value
 * @example
 * gl.traverse.unflattenDict([[["dense", "kernel"], 1]]); // { dense: { kernel: 1 } }
 * gl.traverse.unflattenDict({ "dense/kernel": 1 }, { sep: "/" }); // { dense: { kernel: 1 } }
 * @category traverse
 */
export function unflattenDict<V>(
  flat: Iterable<readonly [path: Path, value: V]>,
): NestedDict<Exclude<V, EmptyNode>>;
export function unflattenDict<V>(
  flat: Readonly<Record<string, V>>,
  options: UnflattenDictOptions & { readonly sep: string },
): NestedDict<Exclude<V, EmptyNode>>;
export function unflattenDict(flat: unknown, options?: UnflattenDictOptions): Record<string, unknown> {
  const owner = "unflattenDict";
  const { sep } = parse(owner, OPTIONS, options);
  if (sep !== null) {
    return nest(Object.entries(requireDict(owner, flat)).map(([path, value]) => [path.split(sep), value]));
  }
  return isPairs(flat)
    ? nest(flat)
    : refuse([], "expected pairs of path and value.", 'For an object with joined paths give { sep: "/" }.');
}
