import type { Field } from "../options.ts";
import type { Target } from "../plan/scope.ts";
import type { Broadcast, PrefixKind } from "../pytree/prefix.ts";
import { checkPrefixArgument, spreadPrefixArgument } from "./prefix-argument.ts";

/**
 * The leaves that a transformation applies to: a tree of booleans like the parameters, a prefix of such a tree, or a function
 * of the parameters that returns one. A function is evaluated once for each structure of parameters it is used with.
 */
// biome-ignore lint/suspicious/noExplicitAny: a function of the caller's own tree
export type Mask = boolean | object | ((params: any) => unknown);

const BOOLEANS: PrefixKind<boolean> = {
  is: (value) => typeof value === "boolean",
  masked: false,
  code: "INVALID_MASK",
  noun: "A mask of true and false",
};

/** A mask with the name of the argument that it was given as, for errors at `init`. */
export class NamedMask {
  readonly mask: Mask;
  readonly path: string;

  private constructor(mask: Mask, path: string) {
    this.mask = mask;
    this.path = path;
  }

  /** Names a mask, unless an outer function has named it. Throws where the value cannot be a mask. */
  static of(mask: unknown, path: string): NamedMask {
    if (mask instanceof NamedMask) return mask;
    checkPrefixArgument(mask, path, BOOLEANS);
    return new NamedMask(mask as Mask, path);
  }

  /** Returns where the mask is true in a tree. */
  evaluate(target: Target): Broadcast<boolean> {
    return spreadPrefixArgument(this.mask, target, this.path, BOOLEANS);
  }
}

/** A mask as an option. Errors name the outermost function that takes it. */
export const maskOption: Pick<Field<Mask>, "check"> = { check: NamedMask.of };
