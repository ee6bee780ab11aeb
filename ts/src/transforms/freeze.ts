import { type Mask, NamedMask } from "../combine/mask.ts";
import { type MaskedState, masked } from "../combine/masked.ts";
import type { Transformation } from "../plan/node.ts";
import type { EmptyState } from "../plan/transformation.ts";
import { setToZero } from "./set-to-zero.ts";

/**
 * Sets the updates of some leaves to zero, so that they stay as they are; the others pass through.
 *
 * Put it last in a chain: what `masked` hides is not frozen, its raw gradient passes through. With `selectiveTransform` frozen leaves need
 * no state either.
 *
 * @param mask - true where parameters are frozen
 * @throws GradloomError `INVALID_MASK` where it is no mask, at `init` where it does not fit the parameters
 * @example
 * const tx = gl.chain(gl.sgd(0.1), gl.freeze({ encoder: true, head: false }));
 * const params = { encoder: new Float32Array([1]), head: new Float32Array([1]) };
 * const [updates] = tx.update(params, tx.init(params), params);
 * console.log(updates.encoder[0], updates.head[0].toFixed(1)); // 0 -0.1
 */
export const freeze = (mask: Mask): Transformation<MaskedState<EmptyState>> =>
  masked(setToZero(), NamedMask.of(mask, "freeze.mask"));
