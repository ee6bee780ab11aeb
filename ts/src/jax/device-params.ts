import { numpy as np } from "@jax-js/jax";
import { isSlice } from "../gpu/webgpu/slices.ts";
import { dataOf, isLeaf } from "../pytree/leaf.ts";
import { flatten, unflatten } from "../pytree/tree-def.ts";
import type { GpuSlice } from "../train/device-train-state.ts";
import { type ArrayForm, type HostData, isFloat, makeArray } from "./array.ts";
import { copySlices, type LentBuffers } from "./device-buffers.ts";
import { hostLeaf } from "./host-tree.ts";
import type { Start } from "./start.ts";

/** The place of one parameter: a slice of a buffer, or, for integers, an array of the host. */
export type Place = GpuSlice | HostData;

/** Lends the buffers of the parameters that a state starts from. Integers are on the host: they are among `elements`, or were given there. */
export const placesOf = (
  { leaves, forms }: Start,
  elements: ReadonlyMap<np.Array, HostData>,
  lent: LentBuffers,
): Promise<Place[]> =>
  Promise.all(
    leaves.map(async (leaf, i) => {
      const form = forms[i] as ArrayForm;
      if (leaf instanceof np.Array)
        return isFloat(form) ? lent.slice(leaf) : (elements.get(leaf) as HostData);
      const data = dataOf(leaf) as HostData;
      return isFloat(form) ? lent.sliceOf(makeArray(data, form)) : data;
    }),
  );

/** Returns the places in a tree of gradloom. */
export const placesIn = (tree: unknown): Place[] =>
  flatten<GpuSlice | Parameters<typeof dataOf>[0]>(
    tree,
    "params",
    (value) => isSlice(value) || isLeaf(value),
  ).leaves.map((leaf) => (isSlice(leaf) ? leaf : (dataOf(leaf) as HostData)));

/** Makes gradloom's tree of places. */
export const treeOfPlaces = ({ def, forms }: Start, places: readonly Place[]): unknown =>
  unflatten(def, (i) => {
    const place = places[i] as Place;
    return isSlice(place) ? place : hostLeaf(place, forms[i]?.shape ?? []);
  });

/** Makes new arrays of the parameters at some places: those of floats are copied on the device. */
export const copyPlaces = (places: readonly Place[], forms: readonly ArrayForm[]): np.Array[] => {
  const floats = copySlices(places.filter(isSlice), forms.filter(isFloat));
  return places.map((place, i) =>
    isSlice(place) ? (floats.shift() as np.Array) : makeArray(place, forms[i] as ArrayForm),
  );
};
