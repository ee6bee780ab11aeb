import { elementwise } from "./elementwise.ts";

const copy = <T>(tree: T): T => elementwise([tree], () => (x) => x);

/**
 * Returns the complex conjugate of a tree: a copy, since all leaves are real.
 *
 * @example
 * console.log(gl.tree.conj({ a: new Float32Array([3]) }).a[0]); // 3
 */
export const conj = <T>(tree: T): T => copy(tree);

/**
 * Returns the real part of a tree: a copy, since all leaves are real.
 *
 * @example
 * console.log(gl.tree.real({ a: new Float32Array([3]) }).a[0]); // 3
 */
export const real = <T>(tree: T): T => copy(tree);
