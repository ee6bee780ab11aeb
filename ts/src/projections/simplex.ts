import { mapLeaves } from "../pytree/map.ts";
import { operand } from "../pytree/operand.ts";
import { mul } from "../tree/arithmetic.ts";
import { elementwise } from "../tree/elementwise.ts";
import { abs, sign } from "../tree/magnitude.ts";
import { norm } from "../tree/norm.ts";
import { type RadiusOptions, radius } from "./radius.ts";

/** Returns all elements of a tree in one list. */
const ravel = (tree: unknown): Float64Array => {
  const parts: (Float32Array | Float64Array)[] = [];
  mapLeaves([tree], ([leaf], [path]) => {
    parts.push(operand(leaf as never, path as string).numbers);
  });
  const all = new Float64Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

/** Returns the number to subtract from every element so that those that stay above 0 add up to `scale`. */
const threshold = (values: Float64Array, scale: number): number => {
  const falling = values.slice().sort().reverse();
  let sum = 0;
  let result = Number.NaN;
  for (const [i, value] of falling.entries()) {
    sum += value;
    const candidate = (sum - scale) / (i + 1);
    if (i === 0 || value > candidate) result = candidate;
  }
  return result;
};

/**
 * Projects all elements of a tree together onto the simplex: x >= 0 with sum(x) = scale.
 *
 * The result is max(x - t, 0), with the one t that gives the sum; found by sorting, in double precision.
 *
 * @param options.scale - the sum of the result; greater than 0
 * @example
 * const { w } = gl.projections.projectionSimplex({ w: new Float32Array([2.5, 3]) });
 * console.log(w); // Float32Array(2) [ 0.25, 0.75 ]
 * @see Duchi et al. 2008, Efficient projections onto the l1-ball for learning in high dimensions
 */
export const projectionSimplex = <T>(tree: T, options?: RadiusOptions): T => {
  const taken = threshold(ravel(tree), radius("projectionSimplex", options));
  return elementwise([tree], (round) => (x) => round(Math.max(x - taken, 0)));
};

/**
 * Projects a tree onto the sphere of the l1 norm: sum(|x|) = scale. Elements that are 0 stay 0.
 *
 * @param options.scale - the radius; greater than 0
 * @example
 * const { w } = gl.projections.projectionL1Sphere({ w: new Float32Array([2.5, -3]) });
 * console.log(w); // Float32Array(2) [ 0.25, -0.75 ]
 */
export const projectionL1Sphere = <T>(tree: T, options?: RadiusOptions): T => {
  const scale = radius("projectionL1Sphere", options);
  return mul(sign(tree), projectionSimplex(abs(tree), { scale }));
};

/**
 * Projects a tree onto the ball of the l1 norm: sum(|x|) <= scale.
 *
 * @param options.scale - the radius; greater than 0
 * @example
 * const { w } = gl.projections.projectionL1Ball({ w: new Float32Array([0.25, -0.5]) });
 * console.log(w); // Float32Array(2) [ 0.25, -0.5 ]
 */
export const projectionL1Ball = <T>(tree: T, options?: RadiusOptions): T => {
  const scale = radius("projectionL1Ball", options);
  return norm(tree, { ord: 1 }) <= scale
    ? elementwise([tree], () => (x) => x)
    : projectionL1Sphere(tree, { scale });
};
