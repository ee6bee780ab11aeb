import { derived, kernels } from "../kernels/kernels.ts";
import { func, required } from "../options.ts";
import type { Transformation } from "../plan/node.ts";

/** The last measurement under its name. */
export interface SnapshotState<K extends string, M> {
  readonly measurement: { readonly [key in K]: M };
}

/**
 * Measures the updates and passes them on unchanged. The measurement can be read in the state.
 *
 * Before the first step the parameters are measured.
 *
 * @param measureName - the measurement's name in `state.measurement`
 * @param measure - a function of the updates that returns the measurement: a number, a tree
 * @example
 * const tx = gl.chain(gl.snapshot("norm", gl.tree.norm), gl.clipByGlobalNorm(1));
 * const grads = { w: new Float32Array([3, 4]) };
 * const [, state] = tx.update(grads, tx.init(grads));
 * console.log(state[0].measurement.norm); // 5
 */
export const snapshot = <const K extends string, M>(
  measureName: K,
  // biome-ignore lint/suspicious/noExplicitAny: a function of the caller's own tree
  measure: (updates: any) => M,
): Transformation<SnapshotState<K, M>> => {
  required("snapshot", "measure", func("a function of the updates"), measure);
  const measured = (tree: unknown): object => ({ [measureName]: measure(tree) });
  return kernels({
    name: "snapshot",
    type: "SnapshotState",
    state: { measurement: derived(measured) },
    steps: [{ compute: (_: unknown, on) => ({ measurement: measured(on.updates()) }), arrays: true }],
  });
};
