import { real, required } from "../options.ts";
import { layoutOf, readTree } from "../pytree/layout.ts";
import { copy } from "../tree/copy.ts";

const COUNT = { min: 0, integer: true };

/**
 * Returns a copy of the new values every `updatePeriod` steps, and of the old ones in between.
 *
 * @param newTensors - a tree, for example the parameters
 * @param oldTensors - a tree of the same structure, shapes and dtypes, for example those of a target network
 * @param steps - the number of steps so far
 * @param updatePeriod - an integer, at least 1
 * @throws GradloomError where the trees differ
 * @example
 * const [online, target] = [{ w: new Float32Array([1]) }, { w: new Float32Array([0]) }];
 * console.log(gl.periodicUpdate(online, target, 9, 10).w[0], gl.periodicUpdate(online, target, 10, 10).w[0]); // 0 1
 */
export const periodicUpdate = <P>(newTensors: P, oldTensors: P, steps: number, updatePeriod: number): P => {
  required("periodicUpdate", "steps", real(0, COUNT), steps);
  required("periodicUpdate", "updatePeriod", real(1, { ...COUNT, min: 1 }), updatePeriod);
  readTree(layoutOf(newTensors, "newTensors"), oldTensors, "oldTensors");
  return copy(steps % updatePeriod === 0 ? newTensors : oldTensors);
};
