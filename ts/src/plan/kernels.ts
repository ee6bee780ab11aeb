import { KernelNode, type KernelSpec } from "./kernel-node.ts";
import type { Transformation } from "./node.ts";
import { fromNode } from "./pure.ts";

/** A transformation from its kernels, its state and its scalars: all that most transformations are. */
export const kernels = <S>(spec: KernelSpec): Transformation<S> => fromNode<S>(new KernelNode(spec));

export { count, derived, host, perLeaf, scratch, slot } from "./kernel-node.ts";
