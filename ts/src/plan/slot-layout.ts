import type { Layout } from "../pytree/layout.ts";
import type { LeafSpec } from "../pytree/leaf.ts";
import { sizeOf } from "../pytree/shape.ts";
import { mapDef, type TreeDef } from "../pytree/tree-def.ts";
import type { Place } from "./state.ts";

/** The arrays of a slot for the leaves of a scope, and their layout in the state tree. */
export interface SlotLayout {
  readonly layout: Layout;
  readonly leaves: readonly number[];
  /** The shape of the memory for each leaf; absent: the leaves' own. */
  readonly shapes?: readonly (readonly number[])[];
  readonly places?: readonly Place[];
}

const sized = (leaf: LeafSpec, shape: readonly number[]): LeafSpec => ({
  ...leaf,
  shape,
  size: sizeOf(shape),
  shaped: leaf.shaped || shape.length !== 1,
});

/** Lays out a slot with one array for each leaf. */
export const inShape = (
  layout: Layout,
  leaves: readonly number[],
  shape?: (leaf: LeafSpec, index: number) => readonly number[],
): SlotLayout => {
  if (!shape) return { layout, leaves };
  const specs = [...layout.leaves];
  const shapes = leaves.map((i) => shape(specs[i] as LeafSpec, i));
  leaves.forEach((leaf, i) => {
    specs[leaf] = sized(specs[leaf] as LeafSpec, shapes[i] as readonly number[]);
  });
  return { layout: { ...layout, leaves: specs }, leaves, shapes };
};

/** Lays out a slot with several arrays for each leaf: consecutive in memory, and a list in the state. */
export const inParts = (
  layout: Layout,
  leaves: readonly number[],
  parts: (leaf: LeafSpec) => readonly (readonly number[])[],
): SlotLayout => {
  const specs: LeafSpec[] = [];
  const places: Place[] = [];
  const lists = new Map<number, TreeDef>();
  const shapes = leaves.map((leaf) => {
    let first = 0;
    const children = parts(layout.leaves[leaf] as LeafSpec).map((shape): TreeDef => {
      const spec = sized({ ...(layout.leaves[leaf] as LeafSpec), shaped: false }, shape);
      places.push({ leaf, first });
      first += spec.size;
      return { kind: "leaf", index: specs.push(spec) - 1 };
    });
    lists.set(leaf, { kind: "array", children });
    return [first];
  });
  return {
    layout: { def: mapDef(layout.def, (def) => lists.get(def.index) ?? def), leaves: specs, integers: [] },
    leaves: specs.map((_, i) => i),
    shapes,
    places,
  };
};
