import type { Transformation } from "../plan/node.ts";
import { fromNode } from "../run/pure.ts";
import { KernelNode } from "./kernel-node.ts";
import type { KernelSpec } from "./kernel-spec.ts";

/** Makes a transformation from its kernels, its state and its scalars. */
export const kernels = <S>(spec: KernelSpec): Transformation<S> => fromNode<S>(new KernelNode(spec));

export { count, derived, host, perLeaf, scratch, slot } from "./kernel-spec.ts";
