import { GradloomError } from "../../error.ts";
import { Ancestors } from "../../pytree/ancestors.ts";
import { isContainer, mapChildren } from "../../pytree/children.ts";
import { isLeaf, type Leaf } from "../../pytree/leaf.ts";
import { typeName } from "../../pytree/named.ts";
import { join } from "../../pytree/tree-def.ts";
import { mapWithKeys, type Parameter, type Parameters } from "./parameters.ts";

/** The names that another library gives to what an optimizer keeps for each parameter: by type of state and field. */
export type SlotNames = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * What a momentum gathers: gradients, or gradients divided by the root of their average square (`"scaled"`), or these times minus the learning
 * rate (`"steps"`), as in `rmsprop`.
 */
export type Gathered = "gradients" | "scaled" | "steps";

/** An array of a state that belongs to a parameter. */
export interface Slot {
  readonly parameter: Parameter;
  /** Its name in the other library: `exp_avg`. */
  readonly name: string;
  readonly leaf: Leaf;
  /** For a momentum, what it gathers. */
  readonly gathers: Gathered;
}

/** What is done with a state: each function returns the new value. */
export interface SlotVisitor {
  slot(slot: Slot): unknown;
  count(value: number, path: string): number;
}

const RMS = /^ScaleByR(ms|msWithCount|StdDev|StdDevWithCount)State$/;

const isRms = (state: unknown): boolean => RMS.test(typeName(state) ?? "");

/** Returns what the momentum in a chain gathers. */
const gatheredBy = (chain: readonly unknown[], place: number, path: string): Gathered => {
  const rms = chain.findIndex(isRms);
  if (rms < 0) return "gradients";
  if (place === rms + 1) return "scaled";
  const isAlias = place === rms + 2 && place === chain.length - 1;
  if (isAlias && typeName(chain[rms + 1]) === "EmptyState") return "steps";
  throw new GradloomError(
    "UNSUPPORTED",
    isAlias
      ? "this momentum gathers steps with the learning rate of their time."
      : "it is not clear what this momentum gathers.",
    {
      path,
      remedy: "Write chain(scaleByRms(…), trace(…), scaleByLearningRate(…)).",
    },
  );
};

/** Maps the state of an optimizer slot by slot. Throws for what the other library has no place for. */
export const mapSlots = (
  state: unknown,
  parameters: Parameters,
  names: SlotNames,
  library: string,
  visitor: SlotVisitor,
): unknown => {
  const above = new Ancestors();
  const refuse = (path: string, type: string): never => {
    throw new GradloomError("UNSUPPORTED", `${library} has no counterpart of this part of ${type}.`, {
      path,
      remedy: `States of ${Object.keys(names).join(", ")} can be carried over; toOptax and save keep any.`,
    });
  };
  const mapSlot = (tree: unknown, name: string, gathers: Gathered, path: string, type: string): unknown =>
    mapWithKeys(tree, path, (leaf, keys, at) => {
      const parameter = parameters.at(keys);
      return parameter ? visitor.slot({ parameter, name, leaf, gathers }) : refuse(at, type);
    });
  const walk = (node: unknown, path: string, gathers: Gathered, type: string): unknown => {
    if (isLeaf(node)) return refuse(path, type);
    if (!isContainer(node)) return node;
    above.enter(node, path);
    const own = typeName(node) ?? type;
    const fields = Object.hasOwn(names, own) ? names[own] : undefined;
    const mapped = mapChildren(node, (child, key) => {
      const at = join(path, key);
      if (typeName(node) && key === "count" && typeof child === "number") return visitor.count(child, at);
      const name = fields?.[key];
      if (name !== undefined) return mapSlot(child, name, gathers, at, own);
      const isMomentum = Array.isArray(node) && typeName(child) === "TraceState";
      return walk(child, at, isMomentum ? gatheredBy(node, Number(key), at) : gathers, own);
    });
    above.leave(node);
    return mapped;
  };
  return walk(state, "optState", "gradients", "the state");
};

/** The number of steps while a state is walked: all of its counts have to be the same. */
export class CommonCount {
  #found: { readonly count: number; readonly path: string } | undefined;

  /** Takes a count. Throws where an earlier one differs. */
  readonly take = (count: number, path: string): number => {
    this.#found ??= { count, path };
    if (this.#found.count === count) return count;
    throw new GradloomError(
      "INVALID_STATE",
      `${count} steps, but ${this.#found.count} at ${this.#found.path}.`,
      {
        path,
        remedy: "There is one number of steps for all parameters: train them together, or start afresh.",
      },
    );
  };

  /** The common count; undefined where there was none. */
  get value(): number | undefined {
    return this.#found?.count;
  }
}
