import { GradloomError } from "../error.ts";
import type { Target } from "../plan/scope.ts";
import { MaskedNode } from "../pytree/masked-node.ts";
import { broadcastPrefix, type PrefixKind } from "../pytree/prefix.ts";
import { isPlainObject } from "../pytree/tree-def.ts";

/** Throws where a value is neither a tree of values like the parameters, nor a prefix of one, nor a function that makes one. */
export const checkPrefixArgument = <T>(value: unknown, path: string, kind: PrefixKind<T>): void => {
  const tree = kind.is(value) || Array.isArray(value) || isPlainObject(value) || value instanceof MaskedNode;
  if (tree || typeof value === "function") return;
  throw new GradloomError(kind.code, `got ${value === null ? "null" : `a ${typeof value}`}.`, {
    path,
    remedy: `${kind.noun} is needed, as the parameters have it or their upper part, or a function that makes one.`,
  });
};

/** Returns the value for each leaf of a tree. */
export const spreadPrefixArgument = <T>(
  given: unknown,
  { layout, tree }: Target,
  path: string,
  kind: PrefixKind<T>,
): T[] => broadcastPrefix(typeof given === "function" ? given(tree) : given, layout.def, path, kind);
