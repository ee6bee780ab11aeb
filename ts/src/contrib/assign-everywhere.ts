import type { NumericComputation } from "../kernels/computation.ts";

/** Sets what kernels find under a name for every leaf; unlike a scalar of the host it may be NaN, where gradients are. */
export const assignEverywhere = (on: NumericComputation, name: string, value: number): void => {
  for (const leaf of on.scope.leaves) on.assign(name, leaf, value);
};
