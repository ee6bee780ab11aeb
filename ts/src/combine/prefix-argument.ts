import { GradloomError } from "../error.ts";
import type { Scope, Target } from "../plan/scope.ts";
import { MaskedNode } from "../pytree/masked-node.ts";
import { isPlaceholder } from "../pytree/placeholder.ts";
import { type Broadcast, broadcastPrefix, type PrefixKind } from "../pytree/prefix.ts";
import { isPlainObject } from "../pytree/tree-def.ts";
import { show } from "../show.ts";

/** Throws where a value is neither a tree of values like the parameters, nor a prefix of one, nor a function that makes one. */
export const checkPrefixArgument = <T>(value: unknown, path: string, kind: PrefixKind<T>): void => {
  const tree = kind.is(value) || Array.isArray(value) || isPlainObject(value) || value instanceof MaskedNode;
  if (tree || typeof value === "function") return;
  throw new GradloomError(kind.code, `got ${show(value)}.`, {
    path,
    remedy: `${value instanceof RegExp ? `Write pathMask(${value}). ` : ""}${kind.noun} is needed, as the parameters have it or their upper part, or a function that makes one.`,
  });
};

/** Narrows a scope to the leaves with a value. A part of the tree that the prefix gives another value as a whole is one masked node. */
export const narrowTo = <T>(
  scope: Scope,
  { values, places }: Broadcast<T>,
  wanted: T,
  masksExtra?: boolean,
): Scope => {
  const hidden = places.flatMap(([node, value]) => (value === wanted ? [] : [node]));
  return scope.narrow((leaf) => values[leaf] === wanted, masksExtra, hidden);
};

/** Returns the values that a tree, a prefix of one, or a function that makes one gives to each leaf. */
export const spreadPrefixArgument = <T>(
  given: unknown,
  { layout, tree }: Target,
  path: string,
  kind: PrefixKind<T>,
): Broadcast<T> =>
  isPlaceholder(tree)
    ? { values: [], places: [] }
    : broadcastPrefix(typeof given === "function" ? given(tree) : given, layout.def, path, kind);
