import { MaskedNode } from "./masked-node.ts";

/** The key under which a state, or its layout, has the name of its type. It is not enumerable: copies by key leave it out. */
const TYPE: unique symbol = Symbol.for("gradloom.stateType");

/** Gives a state, or its layout, the name of its type, such as `ScaleByAdamState`; undefined leaves it as it is. Returns the same object. */
export const named = <T extends object>(type: string | undefined, state: T): T =>
  type === undefined || typeName(state) === type
    ? state
    : Object.defineProperty(state, TYPE, { value: type, configurable: true });

/** Gives a state the type of another one, if that has any. */
export const namedLike = <T>(other: unknown, state: T): T =>
  typeof state === "object" && state !== null ? named(typeName(other), state as T & object) : state;

/** Returns the name of a state's type, undefined where it has none. */
export const typeName = (state: unknown): string | undefined =>
  typeof state !== "object" || state === null
    ? undefined
    : state instanceof MaskedNode
      ? "MaskedNode"
      : (state as { readonly [TYPE]?: string })[TYPE];
