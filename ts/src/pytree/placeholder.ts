import { MASKED } from "./masked-node.ts";
import { isPlainObject } from "./tree-def.ts";

const KEY = "(the parameters)";

/**
 * A tree that stands for the parameters where only the structure of a state matters. It has no leaves, so nothing depends on their
 * shapes; masks and labels are not applied to it.
 */
export const PLACEHOLDER: object = Object.freeze({ [KEY]: MASKED });

/** Returns whether a tree stands for the parameters, or has been made from one that does by mapping its leaves. */
export const isPlaceholder = (tree: unknown): boolean => isPlainObject(tree) && Object.hasOwn(tree, KEY);
