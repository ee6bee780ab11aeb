import { real } from "../options.ts";
import { requireAlike } from "../tree/alike.ts";
import { addScale, scale } from "../tree/arithmetic.ts";
import { vdot } from "../tree/reductions.ts";

const OFFSET = real(0);

/**
 * Projects a tree onto the line of a vector: a * <x, a> / <a, a>. NaN where a is 0.
 *
 * @example
 * const { w } = gl.projections.projectionVector({ w: new Float32Array([3, 4]) }, { w: new Float32Array([2, 0]) });
 * console.log(w); // Float32Array(2) [ 3, 0 ]
 */
export const projectionVector = <T>(x: T, a: T): T => {
  requireAlike({ x, a });
  return scale(vdot(x, a) / vdot(a, a), a);
};

/**
 * Projects a tree onto the hyperplane <a, x> = b. NaN where a is 0.
 *
 * @example
 * const { w } = gl.projections.projectionHyperplane({ w: new Float32Array([3, 4]) }, { w: new Float32Array([1, 0]) }, 1);
 * console.log(w); // Float32Array(2) [ 1, 4 ]
 */
export const projectionHyperplane = <T>(x: T, a: T, b: number): T => {
  OFFSET.check(b, "projections.projectionHyperplane.b");
  requireAlike({ x, a });
  return addScale(x, (b - vdot(x, a)) / vdot(a, a), a);
};

/**
 * Projects a tree onto the half-space <a, x> <= b. NaN where a is 0.
 *
 * @example
 * const { w } = gl.projections.projectionHalfspace({ w: new Float32Array([3, 4]) }, { w: new Float32Array([1, 0]) }, 5);
 * console.log(w); // Float32Array(2) [ 3, 4 ]
 */
export const projectionHalfspace = <T>(x: T, a: T, b: number): T => {
  OFFSET.check(b, "projections.projectionHalfspace.b");
  requireAlike({ x, a });
  return addScale(x, Math.min(0, (b - vdot(x, a)) / vdot(a, a)), a);
};
