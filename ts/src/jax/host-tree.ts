import type { numpy as np } from "@jax-js/jax";
import { dataOf, type Leaf } from "../pytree/leaf.ts";
import { sizeOf } from "../pytree/shape.ts";
import { unflatten } from "../pytree/tree-def.ts";
import type { Parts } from "./arguments.ts";
import { type ArrayForm, formOf, type HostData, isFloat, makeAll, makeArray, zerosOf } from "./array.ts";

/** A tree of jax-js as gradloom sees it: its structure, and what it takes to make its arrays again. */
export interface Shape {
  readonly def: Parts["def"];
  readonly forms: readonly ArrayForm[];
}

/** Returns what it takes to make a tree again. */
export const shapeOf = ({ def, leaves, paths }: Parts): Shape => ({
  def,
  forms: leaves.map((array, i) => formOf(array, paths[i] as string)),
});

/** Makes a leaf of gradloom: a vector is a typed array, anything else an array with a shape. */
export const hostLeaf = (data: HostData, shape: readonly number[]): unknown =>
  shape.length === 1 ? data : { data, shape: [...shape] };

/** Makes gradloom's tree of a tree of jax-js. */
export const hostTree = ({ def, leaves }: Parts, dataOf: (array: np.Array) => HostData): unknown =>
  unflatten(def, (i) => {
    const array = leaves[i] as np.Array;
    return hostLeaf(dataOf(array), array.shape);
  });

/** Makes gradloom's tree of gradients. Those of integers that are zero, as jax-js computes them, are null. */
export const gradientTree = ({ def, leaves }: Parts, dataOf: (array: np.Array) => HostData): unknown =>
  unflatten(def, (i) => {
    const array = leaves[i] as np.Array;
    const data = dataOf(array);
    const isGradient = isFloat(array) || Array.prototype.some.call(data, Boolean);
    return isGradient ? hostLeaf(data, array.shape) : null;
  });

/** Returns the leaves of a tree of a structure, by their indices. */
const leavesAt = (def: Parts["def"], tree: unknown, into: (Leaf | null)[] = []): (Leaf | null)[] => {
  if (def.kind === "leaf") into[def.index] = tree as Leaf | null;
  else if (def.kind !== "empty") {
    const keys: readonly (string | number)[] = def.kind === "object" ? def.keys : [...def.children.keys()];
    keys.forEach((key, i) => {
      leavesAt(def.children[i] as typeof def, (tree as Record<string | number, unknown>)[key], into);
    });
  }
  return into;
};

/** Makes a tree of jax-js of gradloom's: all of its arrays, or none. Where it has null in place of a leaf they are zeros. */
export const jaxTree = ({ def, forms }: Shape, tree: unknown): unknown => {
  const leaves = leavesAt(def, tree);
  const arrays = makeAll(
    forms.map((form, i) => () => {
      const leaf = leaves[i];
      return makeArray(leaf ? (dataOf(leaf) as HostData) : zerosOf(form.dtype, sizeOf(form.shape)), form);
    }),
  );
  return unflatten(def, (i) => arrays[i]);
};
