import type { Variable } from "@tensorflow/tfjs-core";
import type { VariableTree } from "./variable-tree.ts";

/** The variables that an optimizer works on, and the tree in which its transformation sees them. */
export interface TreeInUse {
  readonly variables: readonly Variable[];
  readonly tree: VariableTree;
}

let inUse: TreeInUse | undefined;

/** Runs a body in which masks and labels are those of a tree of variables. */
export const using = <T>(tree: TreeInUse, body: () => T): T => {
  const before = inUse;
  inUse = tree;
  try {
    return body();
  } finally {
    inUse = before;
  }
};

/** Returns the tree for which masks and labels are asked for, undefined outside of an optimizer for TensorFlow.js. */
export const treeInUse = (): TreeInUse | undefined => inUse;
