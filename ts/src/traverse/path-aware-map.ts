import { func, required } from "../options.ts";
import { type DictValue, type MapDict, type Path, requireDict } from "./dict.ts";
import { emptyNode } from "./empty-node.ts";
import { dictEntries } from "./flatten-dict.ts";
import { nest } from "./unflatten-dict.ts";

/**
 * Replaces every value in nested plain objects by the result of a function of its path and itself. Arrays, typed arrays and
 * `{ data, shape }` are values; empty objects stay.
 *
 * @throws GradloomError INVALID_TREE if `tree` is not a plain object
 * @example
 * const params = { a: { x: 10, y: 3 }, b: { x: 20 } };
 * gl.traverse.pathAwareMap((path, value) => (path.includes("x") ? value + 5 : -value), params);
 * // { a: { x: 15, y: -3 }, b: { x: 25 } }
 * @category traverse
 */
export const pathAwareMap = <T extends object, R>(
  fn: (path: Path, value: DictValue<T>) => R,
  tree: T,
): MapDict<T, R> => {
  required("pathAwareMap", "fn", func("a function of path and value"), fn);
  const entries = dictEntries(requireDict("pathAwareMap", tree), true);
  const map = (path: Path, value: unknown) => (value === emptyNode ? value : fn(path, value as DictValue<T>));
  return nest(entries.map(([path, value]) => [path, map(path, value)])) as MapDict<T, R>;
};
