import { GradloomError } from "../error.ts";
import { asNode } from "../kernels/as-node.ts";
import { SequenceNode } from "../kernels/composite-node.ts";
import type { Transformation } from "../plan/node.ts";
import type { GradientTransformation, StateOf } from "../plan/transformation.ts";
import { fromNode } from "../run/pure.ts";

/** The state of a chain: one state per member, in order. */
export type ChainState<T extends readonly GradientTransformation[]> = { [K in keyof T]: StateOf<T[K]> };

/**
 * Applies transformations one after the other: the updates of each are the gradients of the next.
 *
 * Neighbours that gradloom exports run in one pass over memory; a user's own `{ init, update }` runs between passes.
 *
 * @param transforms - at least one
 * @throws GradloomError `INVALID_HYPERPARAMETER` where `transforms` is empty, or a member is not a transformation
 * @example
 * const tx = gl.chain(gl.clipByGlobalNorm(1), gl.scaleByAdam(), gl.scale(-1e-3));
 * const state = tx.init({ w: new Float32Array(2) });
 * console.log(state[1].count); // 0
 */
export const chain = <const T extends readonly GradientTransformation[]>(
  ...transforms: T
): Transformation<ChainState<T>> => {
  if (transforms.length === 0) {
    throw new GradloomError("INVALID_HYPERPARAMETER", "a chain needs at least one transformation.", {
      path: "chain",
      remedy: "Use identity() for a transformation that does nothing.",
    });
  }
  return fromNode(
    new SequenceNode(
      transforms.map((tx, i) => [i, asNode(tx, `chain[${i}]`)]),
      (states) => states,
    ),
  );
};
