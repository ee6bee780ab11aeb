import type { JsTree, numpy as np } from "@jax-js/jax";

/** A model as programs of jax-js write one: functions over a tree of arrays, and the data that it learns from. */
export interface Program<P extends JsTree<np.Array>> {
  readonly name: string;
  /** Makes the parameters before the first step. */
  init(): P;
  /** Computes the loss of a batch. Consumes its arguments. */
  loss(params: P, inputs: np.Array, targets: np.Array): np.Array;
  /** Makes the batch of a step. */
  batch(step: number): [inputs: np.Array, targets: np.Array];
  readonly steps: number;
  /** The factor by which the loss falls at least. */
  readonly falls: number;
}
