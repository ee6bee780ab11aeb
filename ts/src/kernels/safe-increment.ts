import { MOST_INTEGER } from "../options.ts";

/**
 * Adds 1 to a count, up to the largest 32-bit integer: min(count + 1, 2³¹ - 1).
 *
 * @example
 * console.log(gl.safeIncrement(41), gl.safeIncrement(2 ** 31 - 1)); // 42 2147483647
 */
export const safeIncrement = (count: number): number => Math.min(count + 1, MOST_INTEGER);

/**
 * The older name of `safeIncrement`.
 *
 * @example
 * console.log(gl.safeInt32Increment(41)); // 42
 */
export const safeInt32Increment = safeIncrement;
