import { isLeaf } from "./leaf.ts";
import { namedLike } from "./named.ts";
import { isListOrObject } from "./readonly-tree.ts";

/** Returns whether a value is an inner node of a tree. */
export const isContainer = (value: unknown): value is object => !isLeaf(value) && isListOrObject(value);

/** Makes an inner node of the same form from the results for its children. */
export const mapChildren = (node: object, f: (child: unknown, key: string | number) => unknown): unknown =>
  Array.isArray(node)
    ? node.map(f)
    : namedLike(node, Object.fromEntries(Object.entries(node).map(([key, child]) => [key, f(child, key)])));

/** Returns the child of an inner node; any other value, which stands for all of its parts, is returned itself. */
export const childOf = (node: unknown, key: string | number): unknown =>
  isContainer(node) ? (node as Record<string | number, unknown>)[key] : node;
