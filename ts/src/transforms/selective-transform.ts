import type { Mask } from "../combine/masked.ts";
import { type Labels, type PartitionState, partition } from "../combine/partition.ts";
import type { Transformation } from "../plan/node.ts";
import type { EmptyState, GradientTransformation } from "../plan/transformation.ts";
import { flatten, unflatten } from "../pytree/tree-def.ts";
import { setToZero } from "./set-to-zero.ts";

type Label = "train" | "freeze";

/** The state of `selectiveTransform`: that of the optimizer, for the leaves it trains. */
export type SelectiveTransformState<S> = PartitionState<{
  train: GradientTransformation<S>;
  freeze: GradientTransformation<EmptyState>;
}>;

const labelsOf = (mask: unknown): Labels<Label> => {
  const { leaves, def } = flatten<boolean>(mask, "freezeMask", (node) => typeof node === "boolean");
  return unflatten(def, (i) => (leaves[i] ? "freeze" : "train")) as Labels<Label>;
};

/**
 * Applies an optimizer to some leaves and freezes the others: their updates are zero and they have no state.
 *
 * @param optimizer - what trains the rest
 * @param freezeMask - true where parameters are frozen: a tree like them, a prefix of one, or a function that makes one
 * @throws GradloomError `UNKNOWN_LABEL` at `init` where the mask does not fit the parameters
 * @example
 * const tx = gl.selectiveTransform(gl.adam(0.1), { encoder: true, head: false });
 * const params = { encoder: new Float32Array([1]), head: new Float32Array([1]) };
 * const [updates] = tx.update(params, tx.init(params), params);
 * console.log(updates.encoder[0], updates.head[0].toFixed(1)); // 0 -0.1
 */
export const selectiveTransform = <S>(
  optimizer: GradientTransformation<S>,
  freezeMask: Mask,
): Transformation<SelectiveTransformState<S>> =>
  partition({ train: optimizer, freeze: setToZero() }, (params: unknown) =>
    labelsOf(
      typeof freezeMask === "function" ? (freezeMask as (params: unknown) => unknown)(params) : freezeMask,
    ),
  );
