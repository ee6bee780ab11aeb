import type { NumericComputation } from "../kernels/computation.ts";

/** Sets one value for all leaves, which kernels read by name. Unlike a host scalar it may be NaN: gradients can cause one. */
export const assignEverywhere = (on: NumericComputation, name: string, value: number): void => {
  for (const leaf of on.scope.leaves) on.assign(name, leaf, value);
};
