import { isHalf } from "../pytree/dtype.ts";
import { dataOf, dtypeOf, isTensor, type Leaf } from "../pytree/leaf.ts";
import { mapLeaves } from "../pytree/map.ts";

const copyLeaf = (leaf: Leaf): Leaf => {
  const data = dataOf(leaf).slice();
  if (!isTensor(leaf)) return data;
  const dtype = dtypeOf(leaf);
  return { data, shape: [...leaf.shape], ...(isHalf(dtype) && { dtype }) };
};

/** Copies a tree with its arrays. */
export const copy = <T>(tree: T, name = "tree"): T =>
  mapLeaves([tree], ([leaf]) => copyLeaf(leaf as Leaf), { names: [name] }) as T;
