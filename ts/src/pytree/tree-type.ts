import type { ElementArray, IntegerArray } from "./dtype.ts";
import type { Tensor } from "./leaf.ts";

declare const NOT_A_TREE: unique symbol;

/** The type that the compiler asks for in place of a value that no tree can hold. */
export interface NotATree {
  readonly [NOT_A_TREE]: "A tree is made of plain objects, arrays, typed arrays and { data, shape }.";
}

/** The leaves in the memory of the host, integers among them. */
export type HostLeaf = ElementArray | IntegerArray | Tensor<ElementArray | IntegerArray>;

/** Primitive values, functions, and objects such as `Map`, `Promise` and `Date`, which have one of the well-known symbols. */
export type NoNode =
  | string
  | number
  | boolean
  | bigint
  | symbol
  | ((...args: never[]) => unknown)
  | (abstract new (
      ...args: never[]
    ) => unknown)
  | { readonly [Symbol.toStringTag]: string }
  | { readonly [Symbol.toPrimitive]: unknown }
  | { readonly [Symbol.match]: unknown };

/** The type `P` with `NotATree` wherever it has what no tree can hold. */
export type TreeOf<P, L = HostLeaf> = unknown extends P
  ? P
  : P extends L | null | undefined
    ? P
    : P extends NoNode
      ? NotATree
      : P extends readonly unknown[]
        ? readonly TreeOf<P[number], L>[]
        : { [K in keyof P]: TreeOf<P[K], L> };

/**
 * In the type of an argument, `P & Tree<P>`: lets through whatever can be a tree with leaves of type `L`.
 *
 * The inner condition is not `never` for a type parameter, so that `<P>(params: P) => tx.init(params)` compiles.
 */
export type Tree<P, L = HostLeaf> = [[P] extends [TreeOf<P, L>] ? true : never] extends [never]
  ? TreeOf<P, L>
  : unknown;
