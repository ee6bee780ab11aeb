import { recognizeNamesakes } from "../brand.ts";

/**
 * A node without leaves. It stands in a tree where `masked` or `partition` hides a leaf from the transformation inside.
 *
 * @example
 * const tx = gl.masked(gl.trace(0.9), { kernel: true, bias: false });
 * const state = tx.init({ kernel: new Float32Array(2), bias: new Float32Array(1) });
 * console.log(state.innerState.trace.bias instanceof gl.MaskedNode); // true
 */
export class MaskedNode {}

recognizeNamesakes(MaskedNode, "MaskedNode");

/** The one instance that gradloom puts into trees. */
export const MASKED = Object.freeze(new MaskedNode());
