import { type JsTree, type numpy as np, tree } from "@jax-js/jax";
import { GradloomError } from "../../error.ts";
import type { Transformation } from "../../plan/node.ts";
import type { GradientTransformation as AnyTransformation } from "../../plan/transformation.ts";
import { identity as keep } from "../../transforms/identity.ts";
import { setToZero as zero } from "../../transforms/set-to-zero.ts";
import { partsOf } from "../arguments.ts";
import type { OptState } from "../state.ts";
import { INNER, type JaxTransformation, toJaxTransformation } from "../transformation.ts";

export type { OptState };

/** A pair of pure functions over trees of jax-js, as `@jax-js/optax` declares it. Both consume the arrays that they are given. */
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

/** A function of the step, which is counted from 0. */
export type Schedule = (count: number) => number;

/** A number, or a function of the step. */
export type ScalarOrSchedule = number | Schedule;
