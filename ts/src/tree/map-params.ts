import { GradloomError } from "../error.ts";
import { type OptionsOf, parse, unchecked } from "../options.ts";
import { stateMismatch } from "../plan/state-form.ts";
import type { GradientTransformation } from "../plan/transformation.ts";
import { Ancestors } from "../pytree/ancestors.ts";
import { childOf, isContainer, mapChildren } from "../pytree/children.ts";
import { copyArrays } from "../pytree/copy-arrays.ts";
import { isLeaf } from "../pytree/leaf.ts";
import { isPlaceholder, PLACEHOLDER } from "../pytree/placeholder.ts";
import { isEmptyNode, join } from "../pytree/tree-def.ts";

const OPTIONS = {
  /** Trees like the parameters whose leaves are passed to the function too. */
  rest: unchecked<readonly unknown[]>([]),
  /** A function of every other value of the state; by default these are copied. */
  // biome-ignore lint/suspicious/noExplicitAny: values of any kind
  transformNonParams: unchecked<((value: any) => unknown) | null>(null),
  /** Returns whether a part of a tree is passed to the function as a whole: of `MaskedNode`, for example. */
  isLeaf: unchecked<((node: unknown) => boolean) | null>(null),
};

/** Maps the leaves of a tree, next to trees that have at least its leaves. */
const mapLeaves = (
  tree: unknown,
  rest: readonly unknown[],
  f: (...leaves: unknown[]) => unknown,
  stop: (node: unknown) => boolean,
  above = new Ancestors(),
): unknown => {
  if (stop(tree)) return f(tree, ...rest);
  if (isEmptyNode(tree)) return tree;
  if (!isContainer(tree)) return f(tree, ...rest);
  above.enter(tree, "state");
  const mapped = mapChildren(tree, (child, key) => {
    const below = rest.map((other) => childOf(other, key));
    return mapLeaves(child, below, f, stop, above);
  });
  above.leave(tree);
  return mapped;
};

/** Maps the values in a part of a state that is no tree like the parameters. */
const mapValues = (value: unknown, f: (value: unknown) => unknown, above = new Ancestors()): unknown => {
  if (isEmptyNode(value)) return value;
  if (!isContainer(value)) return f(value);
  above.enter(value, "state");
  const mapped = mapChildren(value, (child) => mapValues(child, f, above));
  above.leave(value);
  return mapped;
};

/** A function from parameters to a state, or an object that has one: a transformation. */
export type Initable = ((params: object) => unknown) | Pick<GradientTransformation, "init">;

/** Returns a state with a placeholder in place of every tree like the parameters. */
const startOf = (initable: Initable): unknown => {
  const init: unknown = typeof initable === "function" ? initable : initable?.init?.bind(initable);
  if (typeof init !== "function") {
    throw new GradloomError("INVALID_HYPERPARAMETER", "expected a transformation.", {
      path: "tree.mapParams.initable",
      remedy: "A transformation is an object with the functions init and update; its init alone will do.",
    });
  }
  try {
    return init(PLACEHOLDER);
  } catch (cause) {
    if (cause instanceof GradloomError) throw cause;
    throw new GradloomError(
      "INVALID_STATE",
      "init failed for a tree without leaves in place of the parameters.",
      {
        path: "tree.mapParams.initable",
        remedy:
          "Let init map the parameters, such as with gl.tree.zerosLike, rather than read a leaf by its name.",
        cause,
      },
    );
  }
};

/**
 * Maps the parts of an optimizer's state that are trees like the parameters, such as `mu`, leaf by leaf.
 *
 * These are the parts that `init` makes from a tree without leaves by mapping it, in the state of a transformation of your own too.
 *
 * @param initable - the optimizer, or its `init`
 * @param f - returns the new leaf, given a leaf and those at its place in the trees of `rest`
 * @param state - a state of this optimizer
 * @throws GradloomError `INVALID_STATE` where the state is of another optimizer, or `init` of your own fails for a tree without leaves
 * @example
 * const tx = gl.adam(1e-3);
 * const state = tx.init({ w: new Float32Array(2) });
 * const sizes = gl.tree.mapParams(tx, (leaf) => leaf.length, state);
 * console.log(sizes[0].mu, sizes[0].count); // { w: 2 } 0
 */
export const mapParams = (
  initable: Initable,
  // biome-ignore lint/suspicious/noExplicitAny: leaves of the caller's own kind
  f: (leaf: any, ...rest: any[]) => unknown,
  state: unknown,
  options?: OptionsOf<typeof OPTIONS>,
  // biome-ignore lint/suspicious/noExplicitAny: leaves become anything
): any => {
  const { rest, transformNonParams, isLeaf: stop } = parse("tree.mapParams", OPTIONS, options);
  const walk = (start: unknown, value: unknown, path: string): unknown => {
    if (isPlaceholder(start)) return mapLeaves(value, rest, f, stop ?? isLeaf);
    if (!isContainer(start))
      return transformNonParams ? mapValues(value, transformNonParams) : copyArrays(value);
    const keys = Object.keys(start);
    if (!isContainer(value) || keys.some((key) => !Object.hasOwn(value, key))) {
      throw stateMismatch(path, keys.length > 0 ? `a state with ${keys.join(", ")}` : "an empty state");
    }
    return mapChildren(value, (child, key) => walk(childOf(start, key), child, join(path, key)));
  };
  return walk(startOf(initable), state, "state");
};

/**
 * The older name of `tree.mapParams`.
 *
 * @example
 * const tx = gl.trace(0.9);
 * const state = tx.init({ w: new Float32Array(2) });
 * console.log(gl.treeMapParams(tx, (leaf) => leaf.length, state).trace.w); // 2
 */
export const treeMapParams = mapParams;
