import { GradloomError } from "../error.ts";

import { flag, func, maybe, type OptionsOf, parse } from "../options.ts";

import { Ancestors } from "../pytree/ancestors.ts";
import { type DictValue, isDict, type Path, requireDict } from "./dict.ts";
import { type EmptyNode, emptyNode } from "./empty-node.ts";
import { separator } from "./separator.ts";

/** Returns whether an object is a value, which is not flattened. */
export type IsDictLeaf = (path: Path, dict: Readonly<Record<string, unknown>>) => boolean;

const OPTIONS = {
  /** Keep empty objects, as `emptyNode`. */
  keepEmptyNodes: flag(false),
  /** Returns whether an object is a value, which is not flattened; none is by default. */
  isLeaf: maybe(func<IsDictLeaf>("a function of path and object")),
  /** The text between the keys of joined paths; by default paths are arrays. */
  sep: separator,
};

export type FlattenDictOptions = OptionsOf<typeof OPTIONS>;

/** The value of one option, undefined where it is not given. */
export type OptionValue<O, K> = K extends keyof O ? O[K] : undefined;

/** The type of the values of a flat dictionary. */
export type FlatValue<T, O> =
  | DictValue<T>
  | ([OptionValue<O, "keepEmptyNodes">] extends [false | undefined] ? never : EmptyNode)
  | ([OptionValue<O, "isLeaf">] extends [null | undefined] ? never : object);

/** A flat dictionary as a list of its entries. */
export type FlatEntries<T, O> = [path: Path, value: FlatValue<T, O>][];

/** The result: with `sep` an object from joined path to value, without it an array of `[path, value]`. */
export type FlatDict<T, O> = [OptionValue<O, "sep">] extends [null | undefined]
  ? FlatEntries<T, O>
  : [OptionValue<O, "sep">] extends [string]
    ? Record<string, FlatValue<T, O>>
    : FlatEntries<T, O> | Record<string, FlatValue<T, O>>;

/** Lists the values at the ends of nested plain objects, in the order of their keys. */
export const dictEntries = (
  dict: Record<string, unknown>,
  keepEmptyNodes: boolean,
  isLeaf: IsDictLeaf | null = null,
): [path: Path, value: unknown][] => {
  const entries: [Path, unknown][] = [];
  const above = new Ancestors();
  const walk = (value: unknown, path: Path): void => {
    if (!isDict(value) || isLeaf?.(path, value)) {
      entries.push([path, value]);
      return;
    }
    const children = Object.entries(value);
    above.enter(value, ["tree", ...path].join("."));
    for (const [key, child] of children) walk(child, [...path, key]);
    above.leave(value);
    if (keepEmptyNodes && children.length === 0 && path.length > 0) entries.push([path, emptyNode]);
  };
  walk(dict, []);
  return entries;
};

const joinPath = (path: Path, sep: string): string => {
  const key = path.find((part) => part.includes(sep));
  if (key === undefined) return path.join(sep);
  throw new GradloomError("INVALID_TREE", `the key ${JSON.stringify(key)} contains ${JSON.stringify(sep)}.`, {
    path: `flattenDict.${path.join(".")}`,
    remedy: "Choose another separator, or leave sep out to have paths as arrays.",
  });
};

/**
 * Flattens nested plain objects. Arrays, typed arrays and `{ data, shape }` are values; empty objects are left out.
 *
 * With `sep` the result is an object whose keys are joined paths. Without it, where Flax has tuples as keys, it is an array
 * of `[path, value]`: what `Object.entries`, `new Map` and `unflattenDict` understand.
 *
 * @throws GradloomError INVALID_TREE if `tree` is not a plain object, or a key contains `sep`
 * @example
 * const tree = { dense: { kernel: 1, bias: 2 }, norm: {} };
 * gl.traverse.flattenDict(tree); // [[["dense", "kernel"], 1], [["dense", "bias"], 2]]
 * gl.traverse.flattenDict(tree, { sep: "/" }); // { "dense/kernel": 1, "dense/bias": 2 }
 * @category traverse
 */
export const flattenDict = <T extends object, const O extends FlattenDictOptions = Record<never, never>>(
  tree: T,
  options?: O & FlattenDictOptions,
): FlatDict<T, O> => {
  const owner = "flattenDict";
  const { keepEmptyNodes, isLeaf, sep } = parse(owner, OPTIONS, options);
  const entries = dictEntries(requireDict(owner, tree), keepEmptyNodes, isLeaf);
  const flat =
    sep === null ? entries : Object.fromEntries(entries.map(([path, value]) => [joinPath(path, sep), value]));
  return flat as FlatDict<T, O>;
};
