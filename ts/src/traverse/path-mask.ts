import { GradloomError } from "../error.ts";
import { nearest } from "../nearest.ts";
import { flag, type OptionsOf, parse } from "../options.ts";
import { Ancestors } from "../pytree/ancestors.ts";
import { isLeaf, type Tensor } from "../pytree/leaf.ts";
import { isEmptyNode, isPlainObject, join } from "../pytree/tree-def.ts";
import { show } from "../show.ts";

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
const OPTIONS = {
  /** Whether the mask may choose no leaf of a tree; by default that is an error, as a mistyped pattern is likely. */
  allowNone: flag(false),
};

const selector = (pattern: unknown): SelectsLeaf => {
  // Unlike test, search starts at the front even if the pattern has the flag g or y.
  if (isRegExp(pattern)) return (path) => path.search(pattern) >= 0;
  if (typeof pattern === "function") return pattern as SelectsLeaf;
  throw new GradloomError(
    "INVALID_MASK",
    `expected a regular expression or a function, got ${show(pattern)}.`,
    {
      path: "pathMask.pattern",
      remedy: "Write pathMask(/kernel$/) or pathMask((path, leaf) => …).",
    },
  );
};

/** Returns the texts that a pattern looks for, one for each alternative, without the signs of regular expressions. */
const textsOf = ({ source }: RegExp): string[] =>
  source.split("|").map((part) =>
    part
      .replace(/\\([a-z])/gi, "")
      .replace(/\\(.)/g, "$1")
      .replace(/[$()*+?^{}]/g, ""),
  );

/** The most paths that an error lists. */
const MOST = 5;

const noneChosen = (pattern: RegExp | SelectsLeaf, paths: readonly string[]): GradloomError => {
  const isText = isRegExp(pattern);
  const ranked = isText
    ? textsOf(pattern).flatMap((text) => nearest(text, paths, { most: MOST, inside: true }))
    : paths;
  const list = [...new Set(ranked)].slice(0, MOST).join(", ");
  const more = paths.length > MOST ? ` and ${paths.length - MOST} more` : "";
  return new GradloomError(
    "INVALID_MASK",
    isText ? `${pattern} matches no path.` : "the function chose no leaf.",
    {
      path: "pathMask.pattern",
      remedy: `${isText ? "The nearest paths are" : "The paths are"} ${list}${isText ? "" : more}. Pass { allowNone: true } to allow that.`,
    },
  );
};

/**
 * Makes a mask for `masked`, `adamw` and their like that chooses leaves by their path, written as errors write it: `layers[0].kernel`.
 *
 * mask(tree) has the structure of the tree; a leaf is true where the pattern matches or the function says so. A mask only says where
 * a transformation applies: with `masked` the other leaves keep their raw gradient as the update, so use `freeze`,
 * `selectiveTransform` or `partition` for leaves that are to stay as they are.
 *
 * @param pattern - for example `/kernel$/`, or `(path, leaf) => boolean`
 * @throws GradloomError `INVALID_MASK` where the pattern is neither, the function returns something else than a boolean, or no leaf of
 *   a tree is chosen. Where parts of the tree are null or masked, none may be chosen: they may be those that are meant
 * @example
 * const params = { dense: { kernel: new Float32Array(4), bias: new Float32Array(2) } };
 * gl.pathMask(/kernel$/)(params); // { dense: { kernel: true, bias: false } }
 * gl.pathMask((path) => path === "dense.bias")(params); // { dense: { kernel: false, bias: true } }
 * gl.pathMask(/scale$/, { allowNone: true })(params); // { dense: { kernel: false, bias: false } }
 * @category traverse
 */
export const pathMask = (
  pattern: RegExp | SelectsLeaf,
  options?: OptionsOf<typeof OPTIONS>,
): (<T>(tree: T) => MaskOf<T>) => {
  const { allowNone } = parse("pathMask", OPTIONS, options);
  const selects = selector(pattern);
  return <T>(tree: T): MaskOf<T> => {
    const paths: string[] = [];
    let isEnough = allowNone;
    const check = (path: string, leaf: unknown): boolean => {
      paths.push(path);
      const selected: unknown = selects(path, leaf);
      if (typeof selected !== "boolean") throw notBoolean(path, selected);
      isEnough ||= selected;
      return selected;
    };
    const mask = (node: unknown, path: string, above: Ancestors): unknown => {
      const below = (key: string | number) => join(path, key).replace(/^\./, "");
      if (isEmptyNode(node)) {
        isEnough = true;
        return node;
      }
      const isArray = Array.isArray(node);
      if (!isArray && (isLeaf(node) || !isPlainObject(node))) return check(path, node);
      above.enter(node, path);
      const made = isArray
        ? node.map((child, i) => mask(child, below(i), above))
        : Object.fromEntries(
            Object.entries(node).map(([key, child]) => [key, mask(child, below(key), above)]),
          );
      above.leave(node);
      return made;
    };
    const made = mask(tree, "", new Ancestors()) as MaskOf<T>;
    if (paths.length > 0 && !isEnough) throw noneChosen(pattern, paths);
    return made;
  };
};

const notBoolean = (path: string, selected: unknown): GradloomError =>
  new GradloomError("INVALID_MASK", `the function returned ${show(selected)}, not true or false.`, {
    path,
    remedy: "Return a boolean for each leaf.",
  });
