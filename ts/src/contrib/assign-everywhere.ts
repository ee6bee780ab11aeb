import type { NumericComputation } from "../kernels/computation.ts";

/** Sets the value that kernels read under a name for all leaves. Unlike a host scalar it may be NaN, which gradients can cause. */
export const assignEverywhere = (on: NumericComputation, name: string, value: number): void => {
  for (const leaf of on.scope.leaves) on.assign(name, leaf, value);
};
