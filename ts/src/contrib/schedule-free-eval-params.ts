import { NamedMask } from "../combine/mask.ts";
import { masked } from "../combine/masked.ts";
import { GradloomError } from "../error.ts";
import { kernels, slot } from "../kernels/kernels.ts";
import type { Bind, ParamsLike } from "../plan/transformation.ts";
import { layoutOf, readTree, restrict } from "../pytree/layout.ts";
import { dtypeOf, isLeaf, type Leaf, type LeafSpec } from "../pytree/leaf.ts";
import { flatten, isEmptyNode } from "../pytree/tree-def.ts";
import type { ScheduleFreeState } from "./schedule-free.ts";

/** Returns the storage type of z where it is not that of the parameters, else null. */
const storageOf = (z: readonly Leaf[], params: readonly LeafSpec[]) => {
  const differs = z.some((leaf, i) => dtypeOf(leaf) !== params[i]?.dtype);
  return differs ? (dtypeOf(z[0] as Leaf) as "float32") : null;
};

/** Returns for each part of z whether it is there: a mask hides the others. */
const shownIn = (z: unknown): unknown => {
  if (isLeaf(z) || isEmptyNode(z)) return isLeaf(z);
  if (Array.isArray(z)) return z.map(shownIn);
  const entries = Object.entries(z as object);
  return entries.length > 0 && Object.fromEntries(entries.map(([key, child]) => [key, shownIn(child)]));
};

/**
 * Returns the parameters for evaluation, given those that a schedule-free optimizer trains: (y - (1-b1)*z) / b1.
 *
 * Parameters that a mask or a label hides from that optimizer are returned as they are; Optax fails there.
 *
 * @param state - the state of `scheduleFree` itself, not of a chain around it
 * @param params - the parameters in training
 * @throws GradloomError `INVALID_STATE` where the state is another one
 * @example
 * const tx = gl.contrib.scheduleFreeSgd(0.1);
 * const params = { w: new Float32Array([1]) };
 * console.log(gl.contrib.scheduleFreeEvalParams(tx.init(params), params).w[0]); // 1
 */
export const scheduleFreeEvalParams = <P>(
  state: Pick<Bind<ScheduleFreeState<unknown>, P>, "b1" | "z">,
  params: P,
): P => {
  const { b1, z } = (state ?? {}) as { b1?: number; z?: unknown };
  if (typeof b1 !== "number" || z === undefined) {
    throw new GradloomError("INVALID_STATE", "expected the state of scheduleFree.", {
      path: "scheduleFreeEvalParams.state",
      remedy: "Give the part of the state that has b1 and z.",
    });
  }
  const path = "state.z";
  const { leaves } = flatten<Leaf>(z, path);
  const layout = layoutOf(params, "params");
  const mask = NamedMask.of(shownIn(z), path);
  const { values, places } = mask.evaluate({ layout, tree: params });
  const shown = values.flatMap((isShown, i) => (isShown ? [i] : []));
  const hidden = places.flatMap(([node, isShown]) => (isShown ? [] : [node]));
  const storage = storageOf(
    leaves,
    shown.map((i) => layout.leaves[i] as LeafSpec),
  );
  readTree(restrict(layout, shown, { dtype: storage ?? undefined, hidden }), z, path);
  const average = kernels<{ readonly z: ParamsLike }>({
    name: "scheduleFreeEvalParams",
    state: { z: slot({ dtype: storage }) },
    steps: [{ map: "schedule_free_eval", scalars: { b1, oneMinusB1: 1 - b1 } }],
  });
  return masked(average, mask as never).update(params, { innerState: { z } } as never)[0];
};
