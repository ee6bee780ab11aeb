/** Names of kernels, slots and scalars that tsc refuses: the registry of kernels knows none of them. */
import type { KernelStep } from "../../ts/src/kernels/kernel-spec.ts";

const scalars = { decay: 0.9 };

export const fine: readonly KernelStep[] = [
  { map: "trace", slots: ["trace"], scalars },
  { reduce: "dot", slots: { x: "momentum" }, scope: "leaf", as: "dot" },
  { leafwise: "normalize_by_frobenius", slots: [], scalars: { eps: 1e-8 } },
];

export const refused: readonly KernelStep[] = [
  // @ts-expect-error: there is no such kernel
  { map: "tracing", scalars },
  // @ts-expect-error: the kernel has no slot of that name
  { map: "trace", slots: ["mu"], scalars },
  // @ts-expect-error: the kernel has no scalar of that name
  { map: "trace", scalars: { decay: 0.9, b1: 0.9 } },
  // @ts-expect-error: a scalar is missing
  { map: "scale_by_lion", scalars: { b1: 0.9 } },
  // @ts-expect-error: a map is no reduction
  { reduce: "trace", scalars, scope: "leaf", as: "norm" },
  // @ts-expect-error: the reduction reads a slot, which is missing
  { reduce: "dot", scope: "leaf", as: "dot" },
  // @ts-expect-error: the leafwise kernel has no scalar of that name
  { leafwise: "normalize_by_frobenius", scalars: { epsilon: 1e-8 } },
];
