import { GradloomError } from "../error.ts";
import { namedLike } from "../pytree/named.ts";
import { freezeTree, isListOrObject } from "../pytree/readonly-tree.ts";
import { join } from "../pytree/tree-def.ts";
import { cloneHost, HostValue, OpaqueState, SlotRef, type StateHolder, type StateLayout } from "./state.ts";
import { stateMismatch } from "./state-form.ts";

/** A property of the state that is viewed: it stays valid when nodes above it are replaced. */
interface Place {
  /** The path of the property, for errors. */
  readonly path: string;
  get(): unknown;
  set(value: unknown): void;
}

/** A property of a view whose value is on the host. */
interface Property {
  get(): unknown;
  set?(value: unknown): void;
}

/** The key under which Node looks for the form in which an object is printed. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** Returns a copy of a view to print: Node prints accessors without their values. */
function printed(this: object): object {
  return Array.isArray(this) ? [...this] : { ...this };
}

const below = (parent: Place, key: string | number): Place => {
  const node = () => parent.get() as Record<string | number, unknown>;
  return {
    path: join(parent.path, key),
    get: () => node()[key],
    set: (value) => {
      node()[key] = value;
    },
  };
};

/** Makes a frozen node of the form of another one, with a property for each of its keys. */
const frozenNode = (like: object, property: (key: string | number) => PropertyDescriptor): object => {
  const isList = Array.isArray(like);
  const node = namedLike(like, isList ? [] : {});
  for (const key of Object.keys(like)) {
    Object.defineProperty(node, key, { ...property(isList ? Number(key) : key), enumerable: true });
  }
  Object.defineProperty(node, INSPECT, { value: printed });
  return Object.freeze(node);
};

/** Returns the keys of a list or object, each with the kind of its value. */
const formOf = (value: object): readonly unknown[] => [
  Array.isArray(value),
  ...Object.entries(value).flatMap(([key, child]) => [key, typeof child]),
];

const isSame = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((part, i) => part === b[i]);

const refuseScheduled = (path: string): never => {
  throw new GradloomError("INVALID_STATE", "a schedule sets this number in every step.", {
    path,
    remedy: "Give the optimizer a number in place of the schedule, and set that.",
  });
};

/** Makes a property that reads a value on the host: containers as frozen views of their own. Numbers in it can be set. */
const hostProperty = (place: Place, overwritten: readonly string[] = []): Property => {
  let view: object | undefined;
  let viewed: object | undefined;
  let form: readonly unknown[] = [];
  const viewOf = (value: object): object => {
    if (view && value === viewed) return view;
    viewed = value;
    const now = formOf(value);
    if (view && isSame(form, now)) return view;
    form = now;
    view = frozenNode(value, (key) => {
      const inside = below(place, key);
      if (!overwritten.includes(key as string)) return hostProperty(inside);
      return { get: inside.get, set: () => refuseScheduled(inside.path) };
    });
    return view;
  };
  const get = (): unknown => {
    const value = place.get();
    return isListOrObject(value) ? viewOf(value) : value;
  };
  const kind = typeof place.get();
  if (kind !== "number" && kind !== "boolean") return { get };
  const set = (value: unknown): void => {
    if (typeof value !== kind) throw stateMismatch(place.path, `a ${kind}`);
    place.set(value);
  };
  return { get, set };
};

/** Makes a property that reads a host value of the layout, and sets it unless it is an array. */
const hostValueProperty = (ref: HostValue, place: Place): Property => {
  const { get } = hostProperty(place, ref.overwritten);
  if (ArrayBuffer.isView(ref.initial)) return { get };
  const set = (value: unknown): void => {
    const next = cloneHost(ref, value, place.path);
    for (const key of ref.overwritten) {
      const [now, then] = [place.get(), next].map(
        (record) => (record as Record<string, unknown> | null)?.[key],
      );
      if (then !== undefined && !Object.is(now, then)) refuseScheduled(join(place.path, key));
    }
    place.set(next);
  };
  return { get, set };
};

const propertyOf = (layout: StateLayout, place: Place): PropertyDescriptor => {
  if (layout instanceof SlotRef) return { value: freezeTree(place.get()) };
  if (layout instanceof HostValue) return hostValueProperty(layout, place);
  if (layout instanceof OpaqueState) return hostProperty(place);
  const children = layout as Readonly<Record<string, StateLayout>>;
  return {
    value: frozenNode(layout, (key) => propertyOf(children[key] as StateLayout, below(place, key))),
  };
};

/**
 * Makes a frozen holder of a state as users see it: live, in frozen nodes. Numbers on the host can be set, and arrays written.
 * Only instances of classes, in the state of a user's own transformation, are shown as they are.
 */
export const viewState = (layout: StateLayout, holder: StateHolder, path: string): Readonly<StateHolder> => {
  const place: Place = {
    path,
    get: () => holder.state,
    set: (state) => {
      holder.state = state;
    },
  };
  return frozenNode(holder, () => propertyOf(layout, place)) as StateHolder;
};
