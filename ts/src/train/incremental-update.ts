import type { KernelSpec } from "../kernels/kernel-spec.ts";
import { runKernels } from "../kernels/kernels.ts";
import { real, required } from "../options.ts";
import { layoutOf, readTree } from "../pytree/layout.ts";

/**
 * Moves old values towards new ones, in new arrays: stepSize * new + (1 - stepSize) * old, Polyak's average. Of integers the new values
 * are copied. Where the new values have null, so has the result.
 *
 * @param newTensors - a tree, for example the parameters
 * @param oldTensors - a tree of the same structure, shapes and dtypes, for example those of a target network
 * @param stepSize - the share of the way that old values move, usually in [0, 1]
 * @throws GradloomError where the trees differ
 * @example
 * const target = gl.incrementalUpdate({ w: new Float32Array([1]) }, { w: new Float32Array([0]) }, 0.25);
 * console.log(target.w[0]); // 0.25
 * @see Polyak & Juditsky 1992, Acceleration of stochastic approximation by averaging
 */
export const incrementalUpdate = <P>(newTensors: P, oldTensors: P, stepSize: number): P => {
  required("incrementalUpdate", "stepSize", real(0), stepSize);
  readTree(layoutOf(newTensors, "newTensors"), oldTensors, "oldTensors", { surplus: true });
  const spec: KernelSpec = {
    name: "incrementalUpdate",
    steps: [{ map: "incremental_update", integers: "same", scalars: { stepSize, rest: 1 - stepSize } }],
  };
  return runKernels(spec, newTensors, {}, oldTensors);
};
