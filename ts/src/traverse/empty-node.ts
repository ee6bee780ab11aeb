declare const EMPTY: unique symbol;

/** The type of `emptyNode`. */
export interface EmptyNode {
  readonly [EMPTY]: true;
}

/**
 * Stands for an empty object in a flattened dictionary; compare with `===`. As a tree it has no leaves.
 *
 * @example
 * const flat = gl.traverse.flattenDict({ norm: {} }, { keepEmptyNodes: true, sep: "/" });
 * flat.norm === gl.traverse.emptyNode; // true
 * @category traverse
 */
export const emptyNode = Object.freeze({}) as EmptyNode;
