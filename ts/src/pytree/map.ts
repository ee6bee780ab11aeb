import { GradloomError } from "../error.ts";
import { Ancestors } from "./ancestors.ts";
import { isLeaf, type Leaf } from "./leaf.ts";
import { explainNumbers, notALeaf } from "./mistaken-leaf.ts";
import { namedLike } from "./named.ts";
import { isEmptyNode, isPlainObject, join } from "./tree-def.ts";

/** The options of `mapLeaves`. */
export interface MapOptions {
  /** The names of the trees in errors, by default `tree`. */
  readonly names?: readonly string[];
  /** Whether null in the first tree matches anything in the others. */
  readonly skipEmpty?: boolean;
}

const kindOf = (node: unknown, path: string): "a leaf" | "nothing" | "an array" | "an object" => {
  if (isLeaf(node)) return "a leaf";
  if (isEmptyNode(node)) return "nothing";
  const isArray = Array.isArray(node);
  if ((isArray || isPlainObject(node)) && !explainNumbers(node)) return isArray ? "an array" : "an object";
  throw notALeaf(node, path);
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
  const above = new Ancestors();
  const walk = (nodes: readonly unknown[], paths: readonly string[]): unknown => {
    const [first] = nodes;
    const kind = kindOf(first, paths[0] as string);
    if (kind === "nothing" && skipEmpty) return first;
    nodes.forEach((node, i) => {
      const found = kindOf(node, paths[i] as string);
      if (found !== kind) throw mismatch(paths[i] as string, kind, found);
    });
    const below = (key: string | number): unknown =>
      walk(
        nodes.map((node) => (node as Record<string | number, unknown>)[key]),
        paths.map((path) => join(path, key)),
      );
    if (kind === "nothing") return first;
    if (isLeaf(first)) return visit(nodes as readonly Leaf[], paths);
    above.enter(first, paths[0] as string);
    const mapped = Array.isArray(first)
      ? items(first, nodes, paths, below)
      : fields(first as object, nodes, paths, below);
    above.leave(first);
    return mapped;
  };
  return walk(
    trees,
    trees.map((_, i) => names[i] ?? (names.at(-1) as string)),
  );
};

type Below = (key: string | number) => unknown;

const items = (
  first: readonly unknown[],
  nodes: readonly unknown[],
  paths: readonly string[],
  below: Below,
) => {
  nodes.forEach((node, i) => {
    const { length } = node as unknown[];
    if (length !== first.length) throw mismatch(paths[i] as string, `${first.length} items`, `${length}`);
  });
  return Array.from(first, (_, i) => below(i));
};

const fields = (first: object, nodes: readonly unknown[], paths: readonly string[], below: Below) => {
  const keys = Object.keys(first);
  nodes.forEach((node, i) => {
    const extra = Object.keys(node as object).find((key) => !Object.hasOwn(first, key));
    if (extra !== undefined) throw mismatch(join(paths[i] as string, extra), "no such key", "one");
    const lacking = keys.find((key) => !Object.hasOwn(node as object, key));
    if (lacking !== undefined) throw mismatch(join(paths[i] as string, lacking), "a value", "no such key");
  });
  const children = new Map([...keys].sort().map((key) => [key, below(key)]));
  return namedLike(first, Object.fromEntries(keys.map((key) => [key, children.get(key)])));
};
