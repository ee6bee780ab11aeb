import { GradloomError } from "../error.ts";
import { kernels, slot } from "../kernels/kernels.ts";
import type { Bind, ParamsLike } from "../plan/transformation.ts";
import { dtypeOf, type Leaf } from "../pytree/leaf.ts";
import { flatten } from "../pytree/tree-def.ts";
import { requireAlike } from "../tree/alike.ts";
import type { ScheduleFreeState } from "./schedule-free.ts";

const dtypesOf = (tree: unknown): unknown[] => flatten<Leaf>(tree, "tree").leaves.map(dtypeOf);

/** Returns the storage type of z where it is not that of the parameters, else null. */
const storageOf = (z: unknown, params: unknown) => {
  const [own, theirs] = [dtypesOf(z), dtypesOf(params)];
  return own.every((dtype, i) => dtype === theirs[i]) ? null : (own[0] as "float32");
};

/**
 * Returns the parameters for evaluation, given those that a schedule-free optimizer trains: (y - (1-b1)*z) / b1.
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
  requireAlike({ params, "state.z": z });
  const average = kernels<{ readonly z: ParamsLike }>({
    name: "scheduleFreeEvalParams",
    state: { z: slot({ dtype: storageOf(z, params) }) },
    steps: [{ map: "schedule_free_eval", scalars: { b1, oneMinusB1: 1 - b1 } }],
  });
  return average.update(params, { z } as never)[0];
};
