import type { numpy as np } from "@jax-js/jax";
import { dataOf, isLeaf, type Leaf } from "../pytree/leaf.ts";
import { flatten, unflatten } from "../pytree/tree-def.ts";
import type { Parts } from "./arguments.ts";
import { type ArrayForm, formOf, type HostData, makeAll, makeArray } from "./array.ts";

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

/** Makes a tree of jax-js of gradloom's: all of its arrays, or none. */
export const jaxTree = ({ def, forms }: Shape, tree: unknown): unknown => {
  const { leaves } = flatten<Leaf>(tree, "tree", isLeaf);
  const data = leaves.map((leaf) => dataOf(leaf) as HostData);
  const arrays = makeAll(forms.map((form, i) => () => makeArray(data[i] as HostData, form)));
  return unflatten(def, (i) => arrays[i]);
};
