import { GradloomError } from "../error.ts";
import { type OptionsOf, parse, unchecked } from "../options.ts";
import { Ancestors } from "../pytree/ancestors.ts";
import { childOf, isContainer, mapChildren } from "../pytree/children.ts";
import { dataOf, type Leaf, tensor } from "../pytree/leaf.ts";
import type { MapOptions } from "../pytree/map.ts";
import { join } from "../pytree/tree-def.ts";
import { elementwise } from "../tree/elementwise.ts";

/** A bound of a box: one number for all elements, or a tree of bounds. */
export type BoxBound = number | object;

const HYPERCUBE_OPTIONS = {
  /** The length of the sides, a number or a tree; 1 by default. */
  scale: unchecked<BoxBound>(1),
};

const NAMES: MapOptions = { names: ["tree", "lower", "upper"] };

/** Puts an array without axes in the place of every number in a tree. */
const wrap = (tree: unknown, path = "tree", above = new Ancestors()): unknown => {
  if (typeof tree === "number") return tensor(Float64Array.of(tree), []);
  if (!isContainer(tree)) return tree;
  above.enter(tree, path);
  const wrapped = mapChildren(tree, (child, key) => wrap(child, join(path, key), above));
  above.leave(tree);
  return wrapped;
};

/** Undoes `wrap` in a tree like the given one. */
const unwrap = (result: unknown, tree: unknown): unknown => {
  if (typeof tree === "number") return dataOf(result as Leaf)[0];
  return isContainer(tree) ? mapChildren(tree, (child, key) => unwrap(childOf(result, key), child)) : result;
};

/** Returns a tree of bounds; a number becomes the bound of every element of the part of the tree that it stands at. */
const spread = (bound: unknown, tree: unknown, path: string): unknown => {
  if (isContainer(bound)) {
    return mapChildren(bound, (child, key) =>
      isContainer(tree) ? spread(child, childOf(tree, key), join(path, key)) : child,
    );
  }
  if (typeof bound !== "number" || tree === undefined) return bound;
  if (Number.isNaN(bound)) {
    throw new GradloomError("INVALID_HYPERPARAMETER", "a bound cannot be NaN.", {
      path,
      remedy: "Pass a number; Infinity where there is no bound.",
    });
  }
  return elementwise([tree], (round) => {
    const value = round(bound);
    return () => value;
  });
};

/**
 * Projects onto the non-negative numbers: max(x, 0).
 *
 * @example
 * console.log(gl.projections.projectionNonNegative({ a: new Float32Array([-1, 2]) }).a); // Float32Array(2) [ 0, 2 ]
 */
export const projectionNonNegative = <T>(tree: T): T =>
  unwrap(
    elementwise([wrap(tree)], () => (x) => Math.max(x, 0)),
    tree,
  ) as T;

/**
 * Projects onto a box: min(max(x, lower), upper).
 *
 * @param tree - a tree of arrays and numbers
 * @param lower - a number, or a tree of lower bounds: arrays, or numbers for whole arrays
 * @param upper - a number, or a tree of upper bounds; it wins where it is below `lower`
 * @example
 * console.log(gl.projections.projectionBox({ a: new Float32Array([-3, 5]) }, -1, 2).a); // Float32Array(2) [ -1, 2 ]
 */
export const projectionBox = <T>(tree: T, lower: BoxBound, upper: BoxBound): T => {
  const x = wrap(tree);
  const bounds = [spread(lower, x, "projectionBox.lower"), spread(upper, x, "projectionBox.upper")];
  const result = elementwise([x, ...bounds], () => (x, a, b) => Math.min(Math.max(x, a), b), NAMES);
  return unwrap(result, tree) as T;
};

/**
 * Projects onto a cube with a corner at the origin: min(max(x, 0), scale).
 *
 * @example
 * console.log(gl.projections.projectionHypercube({ a: new Float32Array([-3, 5]) }).a); // Float32Array(2) [ 0, 1 ]
 */
export const projectionHypercube = <T>(tree: T, options?: OptionsOf<typeof HYPERCUBE_OPTIONS>): T =>
  projectionBox(tree, 0, parse("projections.projectionHypercube", HYPERCUBE_OPTIONS, options).scale);
