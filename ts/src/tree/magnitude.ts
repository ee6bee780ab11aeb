import { elementwise } from "./elementwise.ts";

/** Returns the magnitudes of a tree's elements. */
export const abs = <T>(tree: T): T => elementwise([tree], () => (x) => Math.abs(x));

/** Returns the signs of a tree's elements: -1, 0 or 1. */
export const sign = <T>(tree: T): T => elementwise([tree], () => (x) => Math.sign(x));
