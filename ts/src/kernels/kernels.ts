import type { Transformation } from "../plan/node.ts";
import { fromNode } from "../run/pure.ts";
import { KernelNode } from "./kernel-node.ts";
import type { KernelSpec } from "./kernel-spec.ts";

/** Makes a transformation from its kernels, its state and its scalars. */
export const kernels = <S>(spec: KernelSpec): Transformation<S> => fromNode<S>(new KernelNode(spec));

/** Returns the updates of kernels that are called once: no memory is kept. */
export const runKernels = <P>(spec: KernelSpec, updates: P, state: object, params: P): P =>
  fromNode(new KernelNode(spec), 0).update(updates, state as never, params)[0];

export { count, derived, host, perLeaf, scratch, slot } from "./kernel-spec.ts";
