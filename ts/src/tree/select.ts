import { flag, maybe, type OptionsOf, parse, real } from "../options.ts";
import { elementwise } from "./elementwise.ts";

const OPTIONS = {
  /** The least value; none by default. */
  minValue: maybe(real(0, { infinite: true })),
  /** The greatest value; none by default. Wins where it is less than `minValue`. */
  maxValue: maybe(real(0, { infinite: true })),
};

/**
 * Clips every element of a tree: min(max(x, minValue), maxValue).
 *
 * @example
 * console.log(gl.tree.clip({ a: new Float32Array([-2, 3]) }, { minValue: -1, maxValue: 1 }).a); // Float32Array(2) [ -1, 1 ]
 */
export const clip = <T>(tree: T, options?: OptionsOf<typeof OPTIONS>): T => {
  const { minValue, maxValue } = parse("tree.clip", OPTIONS, options);
  return elementwise([tree], (round) => {
    const least = round(minValue ?? Number.NEGATIVE_INFINITY);
    const greatest = round(maxValue ?? Number.POSITIVE_INFINITY);
    return (x) => Math.min(Math.max(x, least), greatest);
  });
};

/**
 * Returns a copy of one of two trees, chosen by one condition.
 *
 * @example
 * console.log(gl.tree.where(false, { a: new Float32Array([1]) }, { a: new Float32Array([2]) }).a[0]); // 2
 */
export const where = <T>(condition: boolean, treeX: T, treeY: T): T => {
  const first = flag(false).check(condition, "tree.where.condition");
  return elementwise([treeX, treeY], () => (x, y) => (first ? x : y), { names: ["treeX", "treeY"] });
};
