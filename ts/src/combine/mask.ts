import type { Field } from "../options.ts";
import { PLACEHOLDER } from "../pytree/placeholder.ts";
import type { PrefixKind } from "../pytree/prefix.ts";
import { checkPrefixArgument, spreadPrefixArgument, type Target } from "./prefix-argument.ts";

/**
 * Which leaves a transformation applies to: a tree of booleans like the parameters, a prefix of such a tree, or a function
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

/** A mask and the name of the argument that it was given as, which errors at `init` tell. */
export class NamedMask {
  readonly mask: Mask;
  readonly path: string;

  private constructor(mask: Mask, path: string) {
    this.mask = mask;
    this.path = path;
  }

  /** Names a mask, unless the function that the user called has done so. Refuses what can be no mask. */
  static of(mask: unknown, path: string): NamedMask {
    if (mask instanceof NamedMask) return mask;
    checkPrefixArgument(mask, path, BOOLEANS);
    return new NamedMask(mask as Mask, path);
  }

  /** Whether each leaf of the tree is shown. */
  evaluate(target: Target): boolean[] {
    return target.tree === PLACEHOLDER
      ? [true]
      : spreadPrefixArgument(this.mask, target, this.path, BOOLEANS);
  }
}

/** An option that is a mask. It stays named after the outermost function that it is an option of. */
export const maskOption: Pick<Field<Mask>, "check"> = { check: NamedMask.of };
