import { mapLeaves } from "../pytree/map.ts";
import { operands } from "./elementwise.ts";

/** Throws where trees, given under the names of their arguments, are malformed or differ in structure or shapes. */
export const requireAlike = (trees: Readonly<Record<string, unknown>>): void => {
  const all = Object.values(trees) as [unknown, ...unknown[]];
  mapLeaves(all, operands, { names: Object.keys(trees) });
};
