import { elementwise } from "./elementwise.ts";

/** The magnitudes of a tree's elements. */
export const abs = <T>(tree: T): T => elementwise([tree], () => (x) => Math.abs(x));

/** The signs of a tree's elements: -1, 0 or 1. */
export const sign = <T>(tree: T): T => elementwise([tree], () => (x) => Math.sign(x));
