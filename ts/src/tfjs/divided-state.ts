import { GradloomError } from "../error.ts";
import { requireForm, stateMismatch } from "../plan/state-form.ts";
import type { GradientTransformation } from "../plan/transformation.ts";
import { childOf, isContainer, mapChildren } from "../pytree/children.ts";
import { MaskedNode } from "../pytree/masked-node.ts";
import { isPlaceholder, PLACEHOLDER } from "../pytree/placeholder.ts";
import { join } from "../pytree/tree-def.ts";
import type { VariableTree } from "./variable-tree.ts";

/** The part of a state that belongs to one variable: what stands in its place in each tree like the parameters. */
export type VariableState = readonly unknown[];

/** A state taken apart. */
export interface DividedState {
  /** What belongs to no variable, such as counts; placeholders stand for the trees like the parameters. */
  readonly frame: unknown;
  /** The paths of these trees in the state, such as `0.mu`. */
  readonly parts: readonly string[];
  /** The states of the variables, in their order. */
  readonly ofVariables: readonly VariableState[];
}

/** Returns the structure of an optimizer's state, with placeholders for the trees like the parameters. */
const structureOf = (tx: GradientTransformation): unknown => {
  try {
    return tx.init(PLACEHOLDER as never);
  } catch (cause) {
    throw new GradloomError(
      "UNSUPPORTED",
      "the state of this transformation cannot be told apart by variable.",
      {
        path: "optimizer",
        remedy:
          "Let its init map the parameters, such as with gl.tree.zerosLike, rather than read a leaf by its name.",
        cause,
      },
    );
  }
};

/** Takes a state apart by variable. */
export const divide = (tx: GradientTransformation, state: unknown, tree: VariableTree): DividedState => {
  const parts: string[] = [];
  const ofVariables: unknown[][] = tree.names.map(() => []);
  const walk = (structure: unknown, node: unknown, path: string): unknown => {
    if (isPlaceholder(structure)) {
      parts.push(path.replace(/^\./, ""));
      ofVariables.forEach((list, i) => {
        list.push(tree.at(node, i));
      });
      return PLACEHOLDER;
    }
    if (!isContainer(structure) || !isContainer(node)) return node;
    return mapChildren(node, (child, key) => walk(childOf(structure, key), child, join(path, key)));
  };
  const frame = walk(structureOf(tx), state, "");
  return { frame, parts, ofVariables };
};

/** Throws where a frame is not one of this optimizer. */
export const requireFrame = (tx: GradientTransformation, frame: unknown): void => {
  const walk = (structure: unknown, node: unknown, path: string): void => {
    if (isPlaceholder(structure)) {
      if (!isPlaceholder(node)) throw stateMismatch(path, "arrays of variables");
    } else if (isContainer(structure)) {
      const keys = Object.keys(structure);
      if (!isContainer(node) || isPlaceholder(node) || keys.some((key) => !Object.hasOwn(node, key))) {
        throw stateMismatch(path, keys.length > 0 ? `a state with ${keys.join(", ")}` : "an empty state");
      }
      for (const key of keys) walk(childOf(structure, key), childOf(node, key), join(path, key));
    }
  };
  walk(structureOf(tx), frame, "optState");
};

/**
 * Puts a state together for some variables. What no state is given for stays as in the fresh state.
 *
 * @param fresh - the state of these variables before the first step
 * @param stateOf - returns the state of variable i, undefined where there is none
 * @param names - the names of the variables, for errors
 * @throws GradloomError `INVALID_STATE` where the state of a variable has another form than in the fresh state
 */
export const assemble = (
  tx: GradientTransformation,
  fresh: unknown,
  tree: VariableTree,
  frame: unknown,
  stateOf: (index: number) => VariableState | undefined,
  names: readonly string[] = tree.names,
): unknown => {
  const places = tree.make((i) => i);
  let part = -1;
  const choose = (own: unknown, index: number): unknown => {
    const given = stateOf(index)?.[part];
    if (given === undefined || given instanceof MaskedNode || own instanceof MaskedNode) return own;
    requireForm(own, given, names[index] as string);
    return given;
  };
  const fill = (own: unknown, place: unknown): unknown => {
    if (typeof place === "number") return choose(own, place);
    return isContainer(own) ? mapChildren(own, (child, key) => fill(child, childOf(place, key))) : own;
  };
  const walk = (structure: unknown, node: unknown, old: unknown): unknown => {
    if (isPlaceholder(structure)) {
      part += 1;
      return fill(node, places);
    }
    if (!isContainer(structure) || !isContainer(node)) return old;
    return mapChildren(node, (child, key) => walk(childOf(structure, key), child, childOf(old, key)));
  };
  return walk(structureOf(tx), fresh, frame);
};
