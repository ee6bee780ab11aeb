import { type ErrorCode, GradloomError } from "../error.ts";
import { doYouMean } from "../nearest.ts";
import { MaskedNode } from "./masked-node.ts";
import { isPlainObject, join, type TreeDef } from "./tree-def.ts";

/** The values that a prefix tree may hold, and the error for others. */
export interface PrefixKind<T> {
  readonly is: (value: unknown) => value is T;
  /** The value that a masked node in the prefix stands for; null where there is none. */
  readonly masked: T | null;
  readonly code: ErrorCode;
  readonly noun: string;
}

const hasLeaves = (def: TreeDef): boolean =>
  def.kind === "leaf" || (def.kind !== "empty" && def.children.some(hasLeaves));

/** The values of a prefix tree: one for each leaf, and each with the node that it stands at. */
export interface Broadcast<T> {
  readonly values: readonly T[];
  readonly places: readonly (readonly [node: TreeDef, value: T])[];
}

/** Spreads a prefix tree over a structure: a value at an inner node holds for every leaf below it. */
export const broadcastPrefix = <T>(
  prefix: unknown,
  def: TreeDef,
  root: string,
  kind: PrefixKind<T>,
): Broadcast<T> => {
  const values: T[] = [];
  const places: [TreeDef, T][] = [];
  const spread = (node: TreeDef, value: T): void => {
    if (node.kind === "leaf") values[node.index] = value;
    else if (node.kind !== "empty") for (const child of node.children) spread(child, value);
  };
  const fill = (node: TreeDef, value: T): void => {
    places.push([node, value]);
    spread(node, value);
  };
  const refuse = (path: string, message: string, question = ""): never => {
    throw new GradloomError(kind.code, message, {
      path,
      remedy: `${question}${kind.noun} has the structure of the tree, or of its upper part.`,
    });
  };
  const walk = (node: TreeDef, value: unknown, path: string): void => {
    if (kind.is(value)) fill(node, value);
    else if (value instanceof MaskedNode && kind.masked !== null) fill(node, kind.masked);
    else if (!hasLeaves(node)) return;
    else if (node.kind === "array" && Array.isArray(value)) {
      if (value.length !== node.children.length) {
        refuse(path, `expected ${node.children.length} items, got ${value.length}.`);
      }
      node.children.forEach((child, i) => {
        walk(child, value[i], join(path, i));
      });
    } else if (node.kind === "object" && isPlainObject(value)) {
      const known = new Set(node.keys);
      const extra = Object.keys(value).find((key) => !known.has(key));
      if (extra !== undefined) {
        refuse(join(path, extra), "no such key is expected here.", doYouMean(extra, node.keys));
      }
      node.keys.forEach((key, i) => {
        walk(node.children[i] as TreeDef, value[key], join(path, key));
      });
    } else {
      refuse(path, value === undefined ? "there is no value for this part." : "the structure does not fit.");
    }
  };
  walk(def, prefix, root);
  return { values, places };
};

/** Makes a prefix tree with `of(value)` in place of each value. */
export const mapPrefix = <T>({ places }: Broadcast<T>, def: TreeDef, of: (value: T) => unknown): unknown => {
  const at = new Map(places);
  const walk = (node: TreeDef): unknown => {
    if (at.has(node)) return of(at.get(node) as T);
    if (node.kind === "array") return node.children.map(walk);
    if (node.kind !== "object") return null;
    return Object.fromEntries(node.keys.map((key, i) => [key, walk(node.children[i] as TreeDef)]));
  };
  return walk(def);
};
