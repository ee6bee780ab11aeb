import { IntegerLeaves } from "../plan/integer-leaves.ts";
import { type ElementArray, type IntegerArray, newIntegers } from "../pytree/dtype.ts";
import { layoutOf, readTree, writeTree } from "../pytree/layout.ts";

/**
 * Adds updates to parameters: p + u, in new arrays. Where the updates have null the parameter stays as it is. Integers are copied; their
 * updates are null or zeros.
 *
 * @param params - a tree
 * @param updates - a tree of the same structure, shapes and dtypes; anything where the parameters have null
 * @throws GradloomError where the two trees differ
 * @example
 * const params = gl.applyUpdates({ w: new Float32Array([1]) }, { w: new Float32Array([-0.5]) });
 * console.log(params.w[0]); // 0.5
 */
export const applyUpdates = <P>(params: P, updates: P): P => {
  const layout = layoutOf(params, "params");
  const before = readTree(layout, params, "params");
  const change = readTree(layout, updates, "updates", { nullIntegers: true, gaps: true, surplus: true });
  new IntegerLeaves(layout).refuseChanges(change, "updates");
  return writeTree(layout, (i) => {
    if (i >= layout.leaves.length) return newIntegers(before[i] as unknown as IntegerArray);
    const sum = (before[i] as ElementArray).slice();
    const u = change[i];
    if (u) for (let k = 0; k < sum.length; k++) (sum[k] as number) += u[k] as number;
    return sum;
  }) as P;
};
