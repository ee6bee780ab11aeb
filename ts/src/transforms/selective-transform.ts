import { type Mask, NamedMask } from "../combine/mask.ts";
import { type Labels, type PartitionState, partition } from "../combine/partition.ts";
import { asNode } from "../kernels/as-node.ts";
import type { Transformation } from "../plan/node.ts";
import type { EmptyState, GradientTransformation } from "../plan/transformation.ts";
import { layoutOf } from "../pytree/layout.ts";
import { mapPrefix } from "../pytree/prefix.ts";
import { setToZero } from "./set-to-zero.ts";

/** The state of `selectiveTransform`: that of the optimizer for the leaves that it trains. */
export type SelectiveTransformState<S> = PartitionState<{
  train: GradientTransformation<S>;
  freeze: GradientTransformation<EmptyState>;
}>;

/**
 * Applies an optimizer to some leaves and freezes the others: their updates are zero and they have no state.
 *
 * @param optimizer - the optimizer of the other leaves
 * @param freezeMask - true where parameters are frozen: a tree like them, a prefix of one, or a function that makes one
 * @throws GradloomError `INVALID_MASK` where it is no mask, at `init` where it does not fit the parameters
 * @example
 * const tx = gl.selectiveTransform(gl.adam(0.1), { encoder: true, head: false });
 * const params = { encoder: new Float32Array([1]), head: new Float32Array([1]) };
 * const [updates] = tx.update(params, tx.init(params), params);
 * console.log(updates.encoder[0], updates.head[0].toFixed(1)); // 0 -0.1
 */
export const selectiveTransform = <S>(
  optimizer: GradientTransformation<S>,
  freezeMask: Mask,
): Transformation<SelectiveTransformState<S>> => {
  asNode(optimizer, "selectiveTransform.optimizer");
  const frozen = NamedMask.of(freezeMask, "selectiveTransform.freezeMask");
  const labels = (params: unknown) => {
    const layout = layoutOf(params, "params");
    const hidden = frozen.evaluate({ layout, tree: params });
    const labelOf = (isHidden: boolean) => (isHidden ? "freeze" : "train");
    return mapPrefix(hidden, layout.def, labelOf) as Labels<"train" | "freeze">;
  };
  return partition({ train: optimizer, freeze: setToZero() }, labels, { allowUnused: true });
};
