import { isLeaf } from "./leaf.ts";
import { isEmptyNode, isPlainObject, type Layout, type TreeDef } from "./tree-def.ts";

/**
 * Returns the leaves of a tree of a given structure, of any shapes and types; null where its structure differs. Leaves of integers
 * may be null.
 */
export const leavesAlong = (layout: Layout, tree: unknown): unknown[] | null => {
  const leaves: unknown[] = [];
  const fits = (node: TreeDef, value: unknown): boolean => {
    switch (node.kind) {
      case "leaf":
        leaves[node.index] = value;
        return (
          isLeaf(value) || typeof value === "number" || (node.index >= layout.leaves.length && value === null)
        );
      case "empty":
        return isEmptyNode(value);
      case "array":
        return (
          Array.isArray(value) &&
          value.length === node.children.length &&
          node.children.every((child, i) => fits(child, value[i]))
        );
      case "object":
        return (
          isPlainObject(value) &&
          Object.keys(value).length === node.keys.length &&
          node.keys.every(
            (key, i) => Object.hasOwn(value, key) && fits(node.children[i] as TreeDef, value[key]),
          )
        );
    }
  };
  return fits(layout.def, tree) ? leaves : null;
};
