import type { Findings } from "../kernels/computation.ts";
import { kernels, perLeaf } from "../kernels/kernels.ts";
import type { Transformation } from "../plan/node.ts";
import type { ExtraArgs, PerLeaf } from "../plan/transformation.ts";

/** Whether the last update of each leaf had a NaN in it. */
export interface ZeroNansState {
  readonly foundNan: PerLeaf<boolean>;
}

/**
 * Replaces every NaN by 0. Infinities stay.
 *
 * @example
 * const tx = gl.zeroNans();
 * const grads = { w: new Float32Array([NaN, 1]), b: new Float32Array([2]) };
 * const [updates, state] = tx.update(grads, tx.init(grads));
 * console.log(updates.w); // Float32Array(2) [ 0, 1 ]
 * console.log(state.foundNan); // { w: true, b: false }
 */
export const zeroNans = (): Transformation<ZeroNansState> =>
  kernels({
    name: "zeroNans",
    type: "ZeroNansState",
    state: { foundNan: perLeaf(false) },
    steps: [
      { reduce: "nans", scope: "leaf", as: "nans" },
      { map: "zero_nans" },
      {
        readsResults: true,
        advance: (_state: ZeroNansState, _extra: ExtraArgs | undefined, found: Findings) => ({
          foundNan: found.perLeaf("foundNan", (_: boolean, leaf) => found.reduced("nans", leaf) > 0),
        }),
      },
    ],
  });
