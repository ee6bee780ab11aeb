import { GradloomError } from "../error.ts";
import { Ancestors } from "../pytree/ancestors.ts";
import { isLeaf, type Tensor } from "../pytree/leaf.ts";
import { isEmptyNode, isPlainObject } from "../pytree/tree-def.ts";

/** A tree with a boolean in place of every leaf. */
export type MaskOf<T> = T extends ArrayBufferView | Tensor
  ? boolean
  : T extends object
    ? { [K in keyof T]: MaskOf<T[K]> }
    : T extends null | undefined
      ? T
      : boolean;

/** Returns whether a mask is true at a leaf, given its path. */
export type SelectsLeaf = (path: string, leaf: unknown) => boolean;

/** Returns whether a value is a regular expression, of whatever realm. */
const isRegExp = (value: unknown): value is RegExp =>
  Object.prototype.toString.call(value) === "[object RegExp]";

const selector = (pattern: unknown): SelectsLeaf => {
  // Unlike test, search starts at the front even if the pattern has the flag g or y.
  if (isRegExp(pattern)) return (path) => path.search(pattern) >= 0;
  if (typeof pattern === "function") return pattern as SelectsLeaf;
  throw new GradloomError("INVALID_MASK", "expected a regular expression or a function.", {
    path: "pathMask.pattern",
    remedy: "Write pathMask(/kernel$/) or pathMask((path, leaf) => …).",
  });
};

/**
 * Makes a mask for `masked`, `adamw` and their like that chooses leaves by their path: keys and indices joined by `/`.
 *
 * mask(tree) has the structure of the tree; a leaf is true where the pattern matches or the function says so
 *
 * @param pattern - for example `/kernel$/`, or `(path, leaf) => boolean`
 * @throws GradloomError INVALID_MASK if the pattern is neither, or the function gives something else than a boolean
 * @example
 * const params = { dense: { kernel: new Float32Array(4), bias: new Float32Array(2) } };
 * gl.pathMask(/kernel$/)(params); // { dense: { kernel: true, bias: false } }
 * gl.pathMask((path) => path === "dense/bias")(params); // { dense: { kernel: false, bias: true } }
 * @category traverse
 */
export const pathMask = (pattern: RegExp | SelectsLeaf): (<T>(tree: T) => MaskOf<T>) => {
  const selects = selector(pattern);
  const check = (path: string, leaf: unknown): boolean => {
    const selected: unknown = selects(path, leaf);
    if (typeof selected === "boolean") return selected;
    throw new GradloomError("INVALID_MASK", `the function returned ${String(selected)}, not true or false.`, {
      path,
      remedy: "Return a boolean for each leaf.",
    });
  };
  const mask = (node: unknown, path: string, above: Ancestors): unknown => {
    const below = (key: string | number) => (path === "" ? `${key}` : `${path}/${key}`);
    if (isEmptyNode(node)) return node;
    const isArray = Array.isArray(node);
    if (!isArray && (isLeaf(node) || !isPlainObject(node))) return check(path, node);
    above.enter(node, path);
    const masked = isArray
      ? node.map((child, i) => mask(child, below(i), above))
      : Object.fromEntries(Object.entries(node).map(([key, child]) => [key, mask(child, below(key), above)]));
    above.leave(node);
    return masked;
  };
  return <T>(tree: T) => mask(tree, "", new Ancestors()) as MaskOf<T>;
};
