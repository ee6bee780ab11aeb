import { GradloomError } from "../error.ts";
import { isLeaf, type Tensor } from "../pytree/leaf.ts";
import { isPlainObject } from "../pytree/tree-def.ts";

/** The keys from the root to a value. */
export type Path = readonly string[];

/** Plain objects in plain objects, with values of type `V` at the ends. */
export interface NestedDict<V> {
  [key: string]: V | NestedDict<V>;
}

/** Objects that are values: only plain objects are flattened, as Flax flattens dictionaries but not lists. */
export type Whole = ArrayBufferView | Tensor | readonly unknown[] | ((...args: never[]) => unknown);

/** The type of the values at the ends of nested plain objects. */
export type DictValue<T> = T extends Whole
  ? T
  : T extends object
    ? { [K in keyof T]-?: DictValue<T[K]> }[keyof T]
    : T;

/** Nested plain objects with every value replaced by an `R`. */
export type MapDict<T, R> = T extends Whole ? R : T extends object ? { [K in keyof T]: MapDict<T[K], R> } : R;

/** Returns whether a value is a dictionary in the sense of Flax: a plain object that is not an array with a shape. */
export const isDict = (value: unknown): value is Record<string, unknown> =>
  isPlainObject(value) && !isLeaf(value);

/** Throws for everything but a dictionary. */
export const requireDict = (owner: string, value: unknown): Record<string, unknown> => {
  if (isDict(value)) return value;
  throw new GradloomError("INVALID_TREE", "expected nested plain objects.", {
    path: owner,
    remedy: "Pass something like { dense: { kernel, bias } }.",
  });
};
