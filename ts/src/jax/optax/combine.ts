import { type JsTree, type numpy as np, tree } from "@jax-js/jax";
import { chain as chained } from "../../combine/chain.ts";
import { GradloomError } from "../../error.ts";
import type { GradientTransformation as HostTransformation } from "../../plan/transformation.ts";
import { INNER, type JaxTransformation } from "../transformation.ts";
import { type GradientTransformation, type OptState, running } from "./base.ts";

/** Returns gradloom's transformation in one of this module, undefined for another one. */
const innerOf = (tx: GradientTransformation): HostTransformation | undefined =>
  (tx as Partial<JaxTransformation>)[INNER];

/** Returns a tree with references of its own, undefined for none. */
const refOf = <T>(given: T | undefined): T | undefined =>
  given === undefined || given === null ? undefined : (tree.ref(given as OptState) as T);

/** Calls a transformation with references that it consumes. Where it is gradloom's it consumes none if it fails: they are released. */
const calling = <T, A extends unknown[]>(tx: GradientTransformation, args: A, call: (...args: A) => T): T => {
  try {
    return call(...args);
  } catch (error) {
    if (innerOf(tx)) tree.dispose(args as unknown as OptState);
    throw error;
  }
};

/** Collects the states of a chain. If one fails, those before it are released. */
const statesOf = (
  transforms: readonly GradientTransformation[],
  state: (tx: GradientTransformation, i: number) => OptState,
) => {
  const states: OptState[] = [];
  try {
    transforms.forEach((tx, i) => {
      states.push(state(tx, i));
    });
  } catch (error) {
    tree.dispose(states);
    throw error;
  }
  return states;
};

/** Chains transformations of which some are not gradloom's: each gets references of its own, and those given are released at the end. */
const oneByOne = (transforms: readonly GradientTransformation[]): GradientTransformation => ({
  init(params) {
    const states = statesOf(transforms, (tx) => calling(tx, [tree.ref(params)], tx.init));
    tree.dispose(params);
    return states;
  },
  update<P extends JsTree<np.Array>>(updates: P, state: OptState, params?: P): [P, OptState] {
    if (!Array.isArray(state) || state.length !== transforms.length) {
      throw new GradloomError("INVALID_STATE", `expected a list of ${transforms.length} states.`, {
        path: "state",
        remedy: "Pass the state that init or the last update of the same transformation returned.",
      });
    }
    let current = tree.ref(updates);
    const states = statesOf(transforms, (tx, i) => {
      const args: [P, OptState, P | undefined] = [current, tree.ref(state[i] as OptState), refOf(params)];
      const [next, after] = calling(tx, args, (u, s, p) => tx.update<P>(u, s, p));
      current = next;
      return after;
    });
    tree.dispose([updates, state]);
    tree.dispose(params);
    return [current, states];
  },
});

/**
 * Applies transformations one after the other: the updates of each are the gradients of the next. Those of this module run together in
 * gradloom's engine.
 *
 * @param transforms - transformations of this module, or others with the same two functions
 * @example
 * import { numpy as np } from "@jax-js/jax";
 * import { chain, clipByGlobalNorm, scale } from "gradloom/jax/optax";
 * const solver = chain(clipByGlobalNorm(1), scale(-0.5));
 * const [updates] = solver.update(np.array([0, 4]), solver.init(np.zeros([2])));
 * console.log(updates.js()); // [0, -0.5]
 */
export const chain = (...transforms: GradientTransformation[]): GradientTransformation => {
  if (transforms.length === 0) return oneByOne([]);
  const inner = transforms.flatMap((tx) => innerOf(tx) ?? []);
  return inner.length === transforms.length ? running(chained(...inner)) : oneByOne(transforms);
};
