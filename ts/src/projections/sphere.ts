import { scale as scaleTree } from "../tree/arithmetic.ts";
import { norm } from "../tree/norm.ts";
import { projectionBox } from "./box.ts";
import { type RadiusOptions, radius } from "./radius.ts";

/**
 * Projects a tree onto the sphere of the Euclidean norm: x * scale / norm(x). NaN for 0, which has no nearest point.
 *
 * @param options.scale - the radius; greater than 0
 * @example
 * const { w } = gl.projections.projectionL2Sphere({ w: new Float64Array([3, 4]) }, { scale: 10 });
 * console.log(w); // Float64Array(2) [ 6, 8 ]
 */
export const projectionL2Sphere = <T>(tree: T, options?: RadiusOptions): T =>
  scaleTree(radius("projectionL2Sphere", options) / Math.sqrt(norm(tree, { squared: true })), tree);

/**
 * Projects a tree onto the ball of the Euclidean norm: x * min(1, scale / norm(x)).
 *
 * @param options.scale - the radius; greater than 0
 * @example
 * const { w } = gl.projections.projectionL2Ball({ w: new Float64Array([3, 4]) }, { scale: 10 });
 * console.log(w); // Float64Array(2) [ 3, 4 ]
 */
export const projectionL2Ball = <T>(tree: T, options?: RadiusOptions): T => {
  const scale = radius("projectionL2Ball", options);
  return scaleTree(scale / Math.sqrt(Math.max(norm(tree, { squared: true }), scale * scale)), tree);
};

/**
 * Projects a tree onto the ball of the greatest magnitude: min(max(x, -scale), scale).
 *
 * @param options.scale - the radius; greater than 0
 * @example
 * const { w } = gl.projections.projectionLinfBall({ w: new Float32Array([3, -0.5]) });
 * console.log(w); // Float32Array(2) [ 1, -0.5 ]
 */
export const projectionLinfBall = <T>(tree: T, options?: RadiusOptions): T => {
  const scale = radius("projectionLinfBall", options);
  return projectionBox(tree, -scale, scale);
};
