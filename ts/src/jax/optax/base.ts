import type { JsTree, numpy as np } from "@jax-js/jax";
import { GradloomError } from "../../error.ts";
import type { GradientTransformation as HostTransformation } from "../../plan/transformation.ts";
import { identity as unchanged } from "../../transforms/identity.ts";
import { setToZero as zeroed } from "../../transforms/set-to-zero.ts";
import { mapTrees } from "../map-trees.ts";
import type { OptState } from "../state.ts";
import { toJaxTransformation } from "../transformation.ts";

export type { ScalarOrSchedule, Schedule } from "../../types.ts";
export type { OptState };

/** A pair of functions over trees of jax-js, as `@jax-js/optax` declares it. Both consume the arrays that they are given. */
export interface GradientTransformation {
  /** Returns the state before the first step. */
  init<Params extends JsTree<np.Array>>(params: Params): OptState;
  /** Takes one step: turns gradients into updates, to be added to the parameters. */
  update<Params extends JsTree<np.Array>>(
    updates: Params,
    state: OptState,
    params?: Params,
  ): [Params, OptState];
}

/** Says that the parameters are missing with the words of `@jax-js/optax`. */
const restate = (error: unknown): unknown => {
  if (!(error instanceof GradloomError) || error.code !== "PARAMS_REQUIRED") return error;
  return new GradloomError("PARAMS_REQUIRED", `${error.path} requires params to be provided.`, {
    remedy: "Call update(updates, state, params).",
    cause: error,
  });
};

/** Makes a transformation of the alias module from one of gradloom, which runs it. */
export const running = (tx: HostTransformation): GradientTransformation => {
  const made = toJaxTransformation(tx);
  return {
    ...made,
    update: (updates, state, params) => {
      try {
        return made.update(updates, state, params);
      } catch (error) {
        throw restate(error);
      }
    },
  };
};

/**
 * Returns the updates as they are.
 *
 * @example
 * import { numpy as np } from "@jax-js/jax";
 * import { identity } from "gradloom/jax/optax";
 * const [updates] = identity().update(np.array([1, 2]), []);
 * console.log(updates.js()); // [1, 2]
 */
export const identity = (): GradientTransformation => running(unchanged());

/**
 * Sets all updates to zero.
 *
 * @example
 * import { numpy as np } from "@jax-js/jax";
 * import { setToZero } from "gradloom/jax/optax";
 * const [updates] = setToZero().update(np.array([1, 2]), []);
 * console.log(updates.js()); // [0, 0]
 */
export const setToZero = (): GradientTransformation => running(zeroed());

/**
 * Adds updates to parameters, on their device: p + u. It consumes both, and can be traced. Where the updates
 * have null the parameter stays as it is.
 *
 * @param params - a tree
 * @param updates - a tree of the same structure
 * @throws GradloomError `STRUCTURE_MISMATCH` where the structures differ; nothing is consumed then
 * @example
 * import { numpy as np } from "@jax-js/jax";
 * import { applyUpdates } from "gradloom/jax/optax";
 * const { w } = applyUpdates({ w: np.array([1, 2]) }, { w: np.array([0.5, -0.5]) });
 * console.log(w.js()); // [1.5, 1.5]
 */
export const applyUpdates = <Params extends JsTree<np.Array>>(params: Params, updates: Params): Params =>
  mapTrees((p, u) => p.add(u), [params, updates], ["params", "updates"]);
