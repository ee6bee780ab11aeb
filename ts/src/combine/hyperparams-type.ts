import type { Arguments } from "../define.ts";
import type { Field } from "../options.ts";

/** The values that the fields of hyperparameters let through. */
export type ValuesOf<F> = {
  [K in keyof F as F[K] extends { readonly numeric: true } ? K : never]: F[K] extends Pick<
    Field<infer T>,
    "check"
  >
    ? T
    : never;
};

/** Those keys of `A` whose values may be numbers and, with `Absent`, whose values may also be null or left out. */
export type NumericKeys<A, Absent extends boolean> = keyof {
  [K in keyof A as number extends A[K]
    ? (null extends A[K] ? true : undefined extends A[K] ? true : false) extends Absent
      ? K
      : never
    : never]: unknown;
};

/** The same type as one object type. */
export type Flat<T> = { [K in keyof T]: T[K] };

/** The hyperparameters among arguments by name, without the names in `N`: all that may be numbers; those that may be null can be absent. */
export type HyperparamsOf<A, N extends string = never> = string extends N
  ? Partial<HyperparamsOf<A>>
  : Flat<
      { [K in Exclude<NumericKeys<A, false>, N>]: number } & {
        [K in Exclude<NumericKeys<A, true>, N>]?: number;
      }
    >;

/** The hyperparameters of a function with positional arguments `Q` and options `F`. */
export type HyperparamsOfCall<Q extends Arguments, F, N extends string> = HyperparamsOf<
  ValuesOf<Q> & ValuesOf<F>,
  N
>;
