import { asNode } from "../kernels/as-node.ts";
import { func, required } from "../options.ts";
import { emptyState } from "../plan/state-type.ts";
import { type EmptyState, type GradientTransformation, NAME } from "../plan/transformation.ts";
import type { Leaf } from "../pytree/leaf.ts";
import { mapLeaves } from "../pytree/map.ts";

/**
 * Returns the empty state of a transformation that has no state.
 *
 * @example
 * console.log(gl.initEmptyState({ w: new Float32Array(2) })); // {}
 */
export const initEmptyState = (_params: unknown): EmptyState => emptyState();

/**
 * Makes a transformation from a function of updates and parameters.
 *
 * @param f - returns new updates, given the updates and, where they were passed, the parameters; changes neither
 * @example
 * const tx = gl.chain(gl.stateless((updates) => gl.tree.scale(2, updates)), gl.sgd(0.1));
 */
export const stateless = <T>(
  f: (updates: T, params: T | undefined) => T,
): GradientTransformation<EmptyState> => {
  required("stateless", "f", func("a function of the updates and the parameters"), f);
  return {
    [NAME]: "stateless",
    init: initEmptyState as never,
    update: (updates, _, params) => [f(updates as never, params as never) as never, emptyState() as never],
  };
};

/**
 * Makes a transformation from a function of a leaf of the updates and the same leaf of the parameters.
 *
 * @param f - returns a new leaf, given that of the updates and, where they were passed, that of the parameters; changes neither
 * @example
 * const tx = gl.statelessWithTreeMap((u) => u.map((x) => 2 * x));
 * const grads = { w: new Float32Array([1]) };
 * console.log(tx.update(grads, tx.init(grads))[0].w[0]); // 2
 */
export const statelessWithTreeMap = <L = Float32Array>(
  f: (update: L, param: L | undefined) => L,
): GradientTransformation<EmptyState> => {
  required("statelessWithTreeMap", "f", func("a function of an update and its parameter"), f);
  return stateless<unknown>((updates, params) =>
    mapLeaves(
      params === undefined ? [updates] : [updates, params],
      ([u, p]) => f(u as unknown as L, p as unknown as L | undefined) as unknown as Leaf,
      { names: ["updates", "params"] },
    ),
  );
};

/**
 * Returns the transformation itself: here every transformation accepts extra arguments and ignores those that it does not know.
 *
 * @example
 * const tx = gl.withExtraArgsSupport(gl.scale(2));
 * const grads = { w: new Float32Array([1]) };
 * console.log(tx.update(grads, tx.init(grads), grads, { value: 1 })[0].w[0]); // 2
 */
export const withExtraArgsSupport = <T extends GradientTransformation>(tx: T): T => {
  asNode(tx, "withExtraArgsSupport.tx");
  return tx;
};
