import fc from "fast-check";
import type { AnyTree, FloatArrayConstructor } from "../conformance/trees.ts";
import { gl } from "../engine.ts";

/** The structure of a tree, with the number of elements in place of each leaf. */
export type Skeleton = number | readonly Skeleton[] | { readonly [key: string]: Skeleton };

/** Structures of objects and arrays whose leaves have sizes around those of tiles and blocks. */
export const skeleton: fc.Arbitrary<Skeleton> = fc.letrec<{ tree: Skeleton; leaf: number }>((tie) => ({
  leaf: fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 9 }) },
    { weight: 1, arbitrary: fc.constantFrom(255, 256, 257, 1023, 1025) },
  ),
  tree: fc.oneof(
    { maxDepth: 2 },
    tie("leaf"),
    fc.array(tie("tree"), { minLength: 1, maxLength: 3 }),
    fc.dictionary(fc.constantFrom("w", "b", "Z", "a1"), tie("tree"), { minKeys: 1, maxKeys: 3 }),
  ),
})).tree;

/** Makes a tree of this structure with reproducible values of both signs. */
export const fill = (node: Skeleton, array: FloatArrayConstructor, seed: number): AnyTree => {
  let x = seed + 1;
  const next = (): number => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    return (x / 2 ** 32 - 0.5) * 4;
  };
  const walk = (node: Skeleton): AnyTree => {
    if (typeof node === "number") return new array(node).map(next);
    if (Array.isArray(node)) return node.map(walk);
    return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, walk(child)]));
  };
  return walk(node);
};

/** Draws transformations of every kind: elementwise, stateful, with norms, with params, with counts. */
export const transformation = (): fc.Arbitrary<() => AnyTree> =>
  fc.constantFrom(
    () => gl.scale(-0.3),
    () => gl.trace(0.9),
    () => gl.trace(0.5, { nesterov: true }),
    () => gl.scaleByAdam({ b1: 0.8 }),
    () => gl.clipByGlobalNorm(0.7),
    () => gl.clip(0.4),
    () => gl.clipByBlockRms(0.5),
    () => gl.addDecayedWeights({ weightDecay: 0.1 }),
    () => gl.scaleBySchedule((count: number) => 1 / (1 + count)),
    () => gl.adaptiveGradClip(0.2),
    () => gl.identity(),
  );

/** Runs a transformation's pure functions for some steps. Returns the updates of the last step, the params and the state. */
export const train = (tx: AnyTree, params: AnyTree, grads: readonly AnyTree[]) => {
  let state = tx.init(params);
  let updates: AnyTree;
  let current = params;
  for (const grad of grads) {
    [updates, state] = tx.update(grad, state, current);
    current = gl.applyUpdates(current, updates);
  }
  return { updates, params: current, state };
};
