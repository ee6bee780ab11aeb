import { GradloomError } from "../error.ts";
import type { MapOptions } from "../pytree/map.ts";
import { elementwise } from "../tree/elementwise.ts";

/** A bound of a box: one number for all elements, or a tree of bounds. */
export type BoxBound = number | object;

const NAMES: MapOptions = { names: ["tree", "lower", "upper"] };

/** Returns a tree of bounds; a number becomes the bound of every element. */
const spread = (bound: unknown, tree: unknown, path: string): unknown => {
  if (typeof bound !== "number") return bound;
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
export const projectionNonNegative = <T>(tree: T): T => elementwise([tree], () => (x) => Math.max(x, 0));

/**
 * Projects onto a box: min(max(x, lower), upper).
 *
 * @param lower - a number, or a tree of lower bounds
 * @param upper - a number, or a tree of upper bounds; it wins where it is below `lower`
 * @example
 * console.log(gl.projections.projectionBox({ a: new Float32Array([-3, 5]) }, -1, 2).a); // Float32Array(2) [ -1, 2 ]
 */
export const projectionBox = <T>(tree: T, lower: BoxBound, upper: BoxBound): T => {
  const bounds = [spread(lower, tree, "projectionBox.lower"), spread(upper, tree, "projectionBox.upper")];
  return elementwise([tree, ...bounds], () => (x, a, b) => Math.min(Math.max(x, a), b), NAMES);
};

/**
 * Projects onto a cube with a corner at the origin: min(max(x, 0), scale).
 *
 * @example
 * console.log(gl.projections.projectionHypercube({ a: new Float32Array([-3, 5]) }).a); // Float32Array(2) [ 0, 1 ]
 */
export const projectionHypercube = <T>(
  tree: T,
  {
    scale = 1,
  }: {
    /** The length of the sides, a number or a tree; 1 by default. */
    readonly scale?: BoxBound;
  } = {},
): T => projectionBox(tree, 0, scale);
