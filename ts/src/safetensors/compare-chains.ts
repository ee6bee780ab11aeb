import { GradloomError } from "../error.ts";
import type { OptionDescription, TransformationDescription } from "../plan/description.ts";
import { isPlainObject } from "../pytree/tree-def.ts";

/** An option whose value in a checkpoint differs from that of the optimizer that is given. */
export interface OptionDifference {
  /** The transformation and its option: `scaleByAdam.b1`. */
  readonly path: string;
  readonly saved: OptionDescription;
  readonly given: OptionDescription;
}

/** Returns the transformations that run one after the other, those of chains in chains included. */
const membersOf = (description: TransformationDescription): readonly TransformationDescription[] =>
  description.chain ? description.chain.flatMap(membersOf) : [description];

const namesOf = (members: readonly TransformationDescription[]): string =>
  members.map(({ name }) => name).join(", ");

/** The error for the state of another optimizer. */
const otherOptimizer = (
  saved: TransformationDescription,
  given: TransformationDescription,
): GradloomError => {
  const [was, is] = [membersOf(saved), membersOf(given)].map(namesOf);
  const names =
    saved.name === given.name
      ? `${was}, not by ${is}`
      : `${saved.name} (${was}), not by ${given.name} (${is})`;
  return new GradloomError("INVALID_STATE", `the checkpoint was written by ${names}.`, {
    path: "tx",
    remedy: "Pass the same optimizer, or keep what fits with carryOver(checkpoint, { params, tx }).",
  });
};

const isFunction = (option: OptionDescription | undefined): boolean =>
  typeof option === "object" && option !== null && "function" in option;

/** Returns whether two options may be the same: of functions and of objects only the kind is known. */
const isSame = (a: OptionDescription | undefined, b: OptionDescription | undefined): boolean =>
  typeof a === "object" && a !== null && typeof b === "object" && b !== null
    ? isFunction(a) === isFunction(b)
    : Object.is(a, b);

/**
 * Compares the optimizer that wrote a checkpoint with another one. Returns the options that differ.
 *
 * @throws GradloomError `INVALID_STATE` where other transformations run: their state means something else
 */
export const compareChains = (
  saved: TransformationDescription,
  given: TransformationDescription,
): readonly OptionDifference[] => {
  const [before, now] = [membersOf(saved), membersOf(given)];
  if (namesOf(before) !== namesOf(now)) throw otherOptimizer(saved, given);
  return now.flatMap((member, i) => {
    const former = before[i] as TransformationDescription;
    const differences = Object.entries(member.options).flatMap(([option, value]): OptionDifference[] => {
      const was = Object.hasOwn(former.options, option) ? former.options[option] : undefined;
      if (was === undefined || isSame(was, value)) return [];
      return [{ path: `${member.name}.${option}`, saved: was, given: value }];
    });
    const [inner, formerInner] = [member.inner ?? [], former.inner ?? []];
    if (inner.length !== formerInner.length) throw otherOptimizer(saved, given);
    const inside = inner.flatMap((one, k) => compareChains(formerInner[k] as TransformationDescription, one));
    return [...differences, ...inside];
  });
};

/** Returns whether a value of a file is a description. */
export const isDescription = (value: unknown): value is TransformationDescription =>
  isPlainObject(value) &&
  typeof value.name === "string" &&
  isPlainObject(value.options) &&
  [value.chain, value.inner].every(
    (parts) => parts === undefined || (Array.isArray(parts) && parts.every(isDescription)),
  );
