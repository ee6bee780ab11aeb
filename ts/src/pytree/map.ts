import { GradloomError } from "../error.ts";
import { isLeaf, type Leaf } from "./leaf.ts";
import { namedLike } from "./named.ts";
import { isEmptyNode, isPlainObject, join } from "./tree-def.ts";

/** The options of `mapLeaves`. */
export interface MapOptions {
  /** The names of the trees in errors, by default `tree`. */
  readonly names?: readonly string[];
  /** Whether null in the first tree matches anything in the others. */
  readonly skipEmpty?: boolean;
}

const kindOf = (node: unknown): string => {
  if (isLeaf(node)) return "a leaf";
  if (isEmptyNode(node)) return "nothing";
  if (Array.isArray(node)) return "an array";
  return isPlainObject(node) ? "an object" : `a ${typeof node}`;
};

const mismatch = (path: string, expected: string, got: string): GradloomError =>
  new GradloomError("STRUCTURE_MISMATCH", `expected ${expected}, got ${got}.`, {
    path,
    remedy: "All trees of one operation have the same structure.",
  });

/** Maps trees of one structure: calls `visit` with the leaves at each place, and returns the tree of its results. */
export const mapLeaves = <T>(
  trees: readonly [T, ...unknown[]],
  visit: (leaves: readonly Leaf[], paths: readonly string[]) => unknown,
  { names = ["tree"], skipEmpty = false }: MapOptions = {},
): unknown => {
  const walk = (nodes: readonly unknown[], paths: readonly string[]): unknown => {
    const [first] = nodes;
    const kind = kindOf(first);
    if (kind === "nothing" && skipEmpty) return first;
    nodes.forEach((node, i) => {
      const found = kindOf(node);
      if (found !== kind) throw mismatch(paths[i] as string, kind, found);
    });
    const below = (key: string | number): unknown =>
      walk(
        nodes.map((node) => (node as Record<string | number, unknown>)[key]),
        paths.map((path) => join(path, key)),
      );
    if (kind === "nothing") return first;
    if (isLeaf(first)) return visit(nodes as readonly Leaf[], paths);
    if (Array.isArray(first)) {
      nodes.forEach((node, i) => {
        const { length } = node as unknown[];
        if (length !== first.length) throw mismatch(paths[i] as string, `${first.length} items`, `${length}`);
      });
      return first.map((_, i) => below(i));
    }
    if (!isPlainObject(first)) {
      throw new GradloomError("INVALID_TREE", `${kind} is not a leaf.`, {
        path: paths[0] as string,
        remedy: "A tree is made of plain objects, arrays, typed arrays and { data, shape }.",
      });
    }
    const keys = Object.keys(first);
    nodes.forEach((node, i) => {
      const extra = Object.keys(node as object).find((key) => !Object.hasOwn(first, key));
      if (extra !== undefined) throw mismatch(join(paths[i] as string, extra), "no such key", "one");
    });
    const children = new Map([...keys].sort().map((key) => [key, below(key)]));
    return namedLike(first, Object.fromEntries(keys.map((key) => [key, children.get(key)])));
  };
  return walk(
    trees,
    trees.map((_, i) => names[i] ?? (names.at(-1) as string)),
  );
};
