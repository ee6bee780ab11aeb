import { type Device, type JsTree, numpy as np } from "@jax-js/jax";
import { mapChildren } from "../pytree/children.ts";
import { dataOf, isLeaf } from "../pytree/leaf.ts";
import { isPlainObject } from "../pytree/tree-def.ts";
import { type Arguments, partsOf } from "./arguments.ts";
import { type ArrayForm, canMake, dtypeFor, formOfLeaf, type HostData, makeAll, makeArray } from "./array.ts";
import { hostLeaf } from "./host-tree.ts";

/**
 * The state of an optimizer as a tree of jax-js. Numbers are arrays of rank 0, and an empty state is an empty list. What jax-js has no
 * array for, such as moments in bfloat16, stays as it is.
 */
export type OptState = JsTree<np.Array>;

const isNode = (value: unknown): value is object => Array.isArray(value) || isPlainObject(value);

/** Returns the narrowest dtype that holds a number exactly. */
const dtypeOfNumber = (value: number): ArrayForm["dtype"] => {
  if (value === value >>> 0 && !Object.is(value, -0)) return np.uint32;
  return Object.is(Math.fround(value), value) ? np.float32 : np.float64;
};

/** Returns what makes the array of a part of gradloom's state, undefined where there is none. */
const makerOf = (value: unknown, device: Device): (() => np.Array) | undefined => {
  if (typeof value === "number") return () => np.full([], value, { dtype: dtypeOfNumber(value) });
  if (typeof value === "boolean") return () => np.full([], value, { dtype: np.bool });
  if (!isLeaf(value)) return undefined;
  const dtype = dtypeFor(value);
  if (!dtype || !canMake(dtype)) return undefined;
  return () => makeArray(dataOf(value) as HostData, formOfLeaf(value, "state", device));
};

/** Makes a tree of jax-js of gradloom's state: all of its arrays, or none. */
export const jaxState = (state: unknown, device: Device): OptState => {
  const makers: (() => np.Array)[] = [];
  const plan = (value: unknown): ((arrays: readonly np.Array[]) => unknown) => {
    const maker = makerOf(value, device);
    if (maker) {
      const index = makers.push(maker) - 1;
      return (arrays) => arrays[index];
    }
    if (isLeaf(value) || !isNode(value)) return () => value;
    if (Object.keys(value).length === 0) return () => [];
    const children = mapChildren(value, plan) as object;
    return (arrays) => mapChildren(children, (child) => (child as ReturnType<typeof plan>)(arrays));
  };
  const made = plan(state);
  return made(makeAll(makers)) as OptState;
};

/** Holds the arrays of a state. */
export const takeState = (held: Arguments, state: unknown, root: string): void => {
  if (state !== null) held.takeAmong(partsOf(state, root));
};

/** Returns the form of a state: its numbers and containers, without arrays. */
export const withoutLeaves = (state: unknown): unknown => {
  if (isLeaf(state)) return null;
  return isNode(state) ? mapChildren(state, withoutLeaves) : state;
};

/**
 * Makes gradloom's state of a tree of jax-js.
 *
 * @param like - a state of the same transformation, which tells numbers from arrays of rank 0
 */
export const hostState = (
  state: unknown,
  like: unknown,
  elements: (array: np.Array) => HostData,
): unknown => {
  if (state instanceof np.Array) {
    const data = elements(state);
    if (typeof like === "number") return Number(data[0]);
    return typeof like === "boolean" ? data[0] !== 0 : hostLeaf(data, state.shape);
  }
  if (isLeaf(state) || !isNode(state)) return state;
  if (Array.isArray(state) && state.length === 0 && isPlainObject(like)) return {};
  return mapChildren(state, (child, key) =>
    hostState(child, isNode(like) ? (like as Record<string | number, unknown>)[key] : undefined, elements),
  );
};
