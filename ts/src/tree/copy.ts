import { copyLeaf } from "../pytree/copy-arrays.ts";
import type { Leaf } from "../pytree/leaf.ts";
import { mapLeaves } from "../pytree/map.ts";

/** Copies a tree with its arrays. */
export const copy = <T>(tree: T, name = "tree"): T =>
  mapLeaves([tree], ([leaf]) => copyLeaf(leaf as Leaf), { names: [name] }) as T;
