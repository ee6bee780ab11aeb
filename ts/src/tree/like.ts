import { dtype, maybe, type OptionsOf, parse, real, required } from "../options.ts";
import { elementwise } from "./elementwise.ts";

const OPTIONS = {
  /** The storage type of the result, by default the tree's. */
  dtype: maybe(dtype),
};

/**
 * Makes a tree of the same structure and shapes, filled with a number.
 *
 * @example
 * console.log(gl.tree.fullLike({ a: new Float32Array(2) }, 7).a); // Float32Array(2) [ 7, 7 ]
 */
export const fullLike = <T>(tree: T, fillValue: number, options?: OptionsOf<typeof OPTIONS>): T => {
  const parsed = parse("tree.fullLike", OPTIONS, options);
  if (typeof fillValue !== "number") required("tree.fullLike", "fillValue", real(0), fillValue);
  return elementwise([tree], () => () => fillValue, parsed);
};

/**
 * Makes a tree of the same structure and shapes, filled with 0.
 *
 * @example
 * console.log(gl.tree.zerosLike({ a: new Float32Array([3]) }).a[0]); // 0
 */
export const zerosLike = <T>(tree: T, options?: OptionsOf<typeof OPTIONS>): T =>
  elementwise([tree], () => () => 0, parse("tree.zerosLike", OPTIONS, options));

/**
 * Makes a tree of the same structure and shapes, filled with 1.
 *
 * @example
 * console.log(gl.tree.onesLike({ a: new Float32Array([3]) }).a[0]); // 1
 */
export const onesLike = <T>(tree: T, options?: OptionsOf<typeof OPTIONS>): T =>
  elementwise([tree], () => () => 1, parse("tree.onesLike", OPTIONS, options));
