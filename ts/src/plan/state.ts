import { GradloomError } from "../error.ts";
import { Ancestors } from "../pytree/ancestors.ts";
import type { ElementArray } from "../pytree/dtype.ts";
import type { Layout } from "../pytree/layout.ts";
import type { LeafSpec } from "../pytree/leaf.ts";
import { tagOf } from "../pytree/mistaken-leaf.ts";
import { namedLike } from "../pytree/named.ts";
import { store } from "../pytree/operand.ts";
import { isEmptyNode, isPlainObject, join } from "../pytree/tree-def.ts";
import { requireForm, stateMismatch } from "./state-form.ts";

/** The position of an array of a slot: the leaf whose memory holds it, and its first element there. */
export interface Place {
  readonly leaf: number;
  readonly first: number;
}

/** A reference in a state layout to a slot: a tree like the parameters, or like some of their leaves. */
export class SlotRef {
  readonly buffer: number;
  /** The layout of the slot's arrays, in the slot's own dtype. */
  readonly layout: Layout;
  readonly leaves: readonly number[];
  /** The initial value: a number in all elements, or the parameters. */
  readonly initial: number | "params";
  /** The positions of the arrays, where a leaf has several; the leaves of `layout` are then these arrays. */
  readonly places: readonly Place[] | undefined;

  constructor(
    buffer: number,
    layout: Layout,
    leaves: readonly number[],
    initial: number | "params",
    places?: readonly Place[],
  ) {
    this.buffer = buffer;
    this.layout = layout;
    this.leaves = leaves;
    this.initial = initial;
    this.places = places;
  }

  /** Returns the array of a leaf before the first step. */
  first(leaf: number, params: readonly ElementArray[]): ElementArray {
    const { dtype, size } = this.layout.leaves[leaf] as LeafSpec;
    const { initial } = this;
    return store(
      initial === "params" ? (params[leaf] as ElementArray) : new Float64Array(size).fill(initial),
      dtype,
    );
  }
}

/** A reference in a state layout to a value on the host, such as a number or a record of numbers. */
export class HostValue {
  readonly initial: unknown;
  /** The entries that a schedule computes in every step, so that nobody can set them. */
  readonly overwritten: readonly string[];

  constructor(initial: unknown, overwritten: readonly string[] = []) {
    this.initial = initial;
    this.overwritten = overwritten;
  }
}

/** A reference in a state layout to a record on the host whose entries its transformation checks at every step. */
export class OpenRecord extends HostValue {}

/** A reference in a state layout to a tree like the parameters with one value on the host for each leaf. */
export class PerLeafValues extends HostValue {}

/** A reference in a state layout to the state of a transformation that runs on the host, or to a field computed from the parameters. */
export class OpaqueState {
  readonly init: (params: readonly unknown[]) => unknown;
  /** Whether every later state has the form of the first one: of a user's own transformation this is not known. */
  readonly keepsForm: boolean;

  constructor(init: (params: readonly unknown[]) => unknown, keepsForm = false) {
    this.init = init;
    this.keepsForm = keepsForm;
  }
}

/** The layout of a state: a tree with references in place of its contents. */
export type StateLayout =
  | SlotRef
  | HostValue
  | OpaqueState
  | readonly StateLayout[]
  | { readonly [key: string]: StateLayout };

/** The holder of a state tree: through it the whole tree can be replaced like any part. */
export interface StateHolder {
  state: unknown;
}

/** The keys from the holder of a state down to one node. */
export type StatePath = readonly (string | number)[];

/** The path of the whole state. */
export const WHOLE_STATE: StatePath = ["state"];

/** Replaces the node at a path. */
export const replaceAt = (holder: StateHolder, path: StatePath, value: unknown): void => {
  (stateAt(holder, path.slice(0, -1)) as Record<string | number, unknown>)[path.at(-1) as string] = value;
};

/** Returns the node at a path. */
export const stateAt = (holder: StateHolder, path: StatePath): unknown => {
  let node: unknown = holder;
  for (let i = 0; i < path.length; i++) node = (node as Record<string | number, unknown>)[path[i] as string];
  return node;
};

/** Functions that return the new value for each kind of reference, given the value in an existing state. */
export interface StateVisitor {
  slot(ref: SlotRef, value: unknown, path: string): unknown;
  host(ref: HostValue, value: unknown, path: string): unknown;
  opaque(ref: OpaqueState, value: unknown, path: string): unknown;
}

/** Stands for an existing state where there is none yet. */
export const NONE: unique symbol = Symbol("none");

/** Makes a state tree: visits every reference of the layout together with its value in an existing state. */
export const mapState = (layout: StateLayout, state: unknown, path: string, visit: StateVisitor): unknown => {
  if (layout instanceof SlotRef) return visit.slot(layout, state, path);
  if (layout instanceof HostValue) return visit.host(layout, state, path);
  if (layout instanceof OpaqueState) return visit.opaque(layout, state, path);
  if (isList(layout)) {
    if (state !== NONE && (!Array.isArray(state) || state.length !== layout.length)) {
      throw stateMismatch(path, `a list of ${layout.length} states`);
    }
    return layout.map((child, i) =>
      mapState(child, state === NONE ? NONE : (state as unknown[])[i], join(path, i), visit),
    );
  }
  const keys = Object.keys(layout);
  if (state !== NONE && (!isPlainObject(state) || keys.some((key) => !Object.hasOwn(state, key)))) {
    throw stateMismatch(path, keys.length ? `an object with ${keys.join(", ")}` : "an empty state");
  }
  const made = Object.fromEntries(
    keys.map((key) => [
      key,
      mapState(
        layout[key] as StateLayout,
        state === NONE ? NONE : (state as Record<string, unknown>)[key],
        join(path, key),
        visit,
      ),
    ]),
  );
  return namedLike(layout, made);
};

const isList = (layout: StateLayout): layout is readonly StateLayout[] => Array.isArray(layout);

/** Copies a host value of a given state. Throws where its form is not that of the initial value. */
export const cloneHost = (ref: HostValue, value: unknown, path: string): unknown => {
  const { initial } = ref;
  if (value === NONE) return copy(initial, path);
  if (initial === null && value !== null) throw stateMismatch(path, "null");
  requireForm(ref instanceof OpenRecord ? {} : initial, value, path);
  return namedLike(initial, copy(value, path));
};

/**
 * Makes a visitor that copies the values on the host. It throws INVALID_STATE for a value that cannot be copied faithfully.
 *
 * @param slot - returns the new value of a slot
 * @param params - returns the arrays of the parameters, for states before the first step and for the check of given ones
 */
export const cloneState = (slot: StateVisitor["slot"], params?: () => readonly unknown[]): StateVisitor => ({
  slot,
  host: cloneHost,
  opaque: (ref, value, path) => {
    if (value === NONE) return ref.init(params?.() ?? []);
    if (params && ref.keepsForm) requireForm(ref.init(params()), value, path);
    return copy(value, path);
  },
});

/** Makes a visitor that replaces the slots of a state and leaves everything else as it is. */
export const replaceSlots = (slot: StateVisitor["slot"]): StateVisitor => ({
  slot,
  host: (_, value) => value,
  opaque: (_, value) => value,
});

const copy = (value: unknown, path: string, above = new Ancestors()): unknown => {
  if (isEmptyNode(value) || typeof value !== "object") return value;
  above.enter(value, path);
  const copied = copyContainer(value as object, path, above);
  above.leave(value);
  return copied;
};

const copyContainer = (value: object, path: string, above: Ancestors): unknown => {
  if (Array.isArray(value)) return value.map((child, i) => copy(child, join(path, i), above));
  if (!isPlainObject(value)) return copyInstance(value, path, above);
  const children = Object.entries(value).map(([key, child]) => [key, copy(child, join(path, key), above)]);
  return namedLike(value, Object.fromEntries(children));
};

const kindOf = (value: object): string | undefined => value.constructor?.name;

/** Copies an instance of a built-in class. Throws for other classes: `structuredClone` would drop their methods. */
const copyInstance = (value: object, path: string, above: Ancestors): unknown => {
  const kind = kindOf(value);
  if (kind === "Map" && tagOf(value) === "Map") {
    const entries = [...(value as Map<unknown, unknown>)];
    return new Map(entries.map(([key, child]) => [copy(key, path, above), copy(child, path, above)]));
  }
  if (kind === "Set" && tagOf(value) === "Set") {
    return new Set([...(value as Set<unknown>)].map((child) => copy(child, path, above)));
  }
  let cause: unknown;
  try {
    const made: object = structuredClone(value);
    if (ArrayBuffer.isView(value) || kindOf(made) === kind) return made;
  } catch (error) {
    cause = error;
  }
  throw new GradloomError("INVALID_STATE", `a ${kind ?? "value of this kind"} cannot be copied.`, {
    path,
    remedy: "Keep plain objects, arrays, typed arrays and built-in values in the state.",
    cause,
  });
};
