import type { HostLeaf, Tree } from "../pytree/tree-type.ts";

declare const PARAMS: unique symbol;
declare const PER_LEAF: unique symbol;
declare const FAST: unique symbol;
export declare const STATE: unique symbol;

/** The key under which a transformation without kernels has its public name, for errors. */
export const NAME: unique symbol = Symbol.for("gradloom.name");

/** In the type of a state: a tree like the parameters. */
export interface ParamsLike {
  readonly [PARAMS]: unknown;
}

/** In the type of a state: a tree like the parameters with one value of type `T` for each leaf. */
export interface PerLeaf<T> {
  readonly [PER_LEAF]: T;
}

/** The type of a tree like `P` with a `T` for each leaf. */
export type Leaves<P, T> = P extends HostLeaf
  ? T
  : P extends object
    ? { [K in keyof P]: Leaves<P[K], T> }
    : P;

/** The type of a state once the type `P` of the parameters is known. */
export type Bind<S, P> = 0 extends 1 & S
  ? // biome-ignore lint/suspicious/noExplicitAny: a transformation of unknown state gives a state of unknown type
    any
  : S extends ParamsLike
    ? P
    : S extends PerLeaf<infer T>
      ? Leaves<P, T>
      : S extends ArrayBufferView
        ? S
        : S extends object
          ? { [K in keyof S]: Bind<S[K], P> }
          : S;

/**
 * The same type, but no place to infer it from. The built-in `NoInfer` would wrap tuples, and a mapped type over it has the methods of
 * arrays for members.
 */
export type Known<S> = [S][S extends unknown ? 0 : never];
/** The fast parameters, which move at every step, and the slow ones, which move once in a period: the parameters of `lookahead`. */
export interface LookaheadPair<P> {
  readonly fast: P;
  readonly slow: P;
  /** Never present: tells the compiler that gradients are those of the fast parameters. */
  readonly [FAST]?: P;
}

/** The type of a tree of gradients: like the parameters, or like the fast ones of `LookaheadPair`. */
export type Gradients<P> = 0 extends 1 & P
  ? P
  : typeof FAST extends keyof P
    ? Gradients<NonNullable<P[typeof FAST]>>
    : P;

/** Arguments of one update beyond gradients, state and parameters, such as `value`. A transformation ignores those that it does not know. */
export type ExtraArgs = Readonly<Record<string, unknown>>;

/**
 * Optax's protocol: a pair of pure functions. Any object that has them can be used wherever gradloom takes a
 * transformation. Those that gradloom exports run in compiled kernels as well.
 *
 * @example
 * const halve: gl.GradientTransformation = {
 *   init: () => ({}),
 *   update: (updates, state) => [gl.tree.scale(0.5, updates), state],
 * };
 * const tx = gl.chain(halve, gl.sgd(0.1));
 */
// biome-ignore lint/suspicious/noExplicitAny: the state of an arbitrary transformation
export interface GradientTransformation<S = any> {
  /** Never present: carries the type of the state, which cannot be inferred from `init`. */
  readonly [STATE]?: S;
  /** The public name of the transformation, for errors. */
  readonly [NAME]?: string;
  /** Returns the state before the first step. */
  init<P>(params: P & Tree<P>): Bind<Known<S>, P>;
  /** Takes one step: turns gradients into updates, to be added to the parameters. Changes none of its arguments. */
  update<P>(
    updates: P & Tree<P>,
    state: Bind<Known<S>, P>,
    params?: P,
    extra?: ExtraArgs,
  ): [updates: P, state: Bind<Known<S>, P>];
}

/** The type of a transformation's state; `any` for an object whose type does not tell. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type StateOf<T> = T extends { readonly [STATE]?: infer S } ? S : any;

/** The state of a transformation that has none: an empty object. */
export type EmptyState = Readonly<Record<never, never>>;
