import { stateMismatch } from "../plan/state-form.ts";
import { UPDATES } from "../plan/step.ts";
import type { ArrayProgram, Binding, HostArrays, ScopeView, StepContext } from "../plan/step-hooks.ts";
import type { ElementArray } from "../pytree/dtype.ts";
import { writeTree } from "../pytree/layout.ts";
import { flatten, unflatten } from "../pytree/tree-def.ts";
import { indexOf } from "./index-of.ts";
import type { Schedules } from "./kernel-step.ts";

/** The view of a step for host code that sees numbers only. */
export interface NumericComputation extends Schedules {
  readonly scope: ScopeView;
  /** Arguments of this update beyond gradients, state and parameters. */
  readonly extra: StepContext["extra"];
  /** Returns the result of a reduction over the tree, or over one leaf. */
  reduced(name: string, leaf?: number): number;
  /** Sets the value that kernels read under a name for one leaf; the step names it in `assigns`. */
  assign(name: string, leaf: number, value: number): void;
  /** Returns the new tree of a `perLeaf` field: `next` of each value and its leaf. */
  perLeaf<T>(field: string, next: (value: T, leaf: number) => T): unknown;
}

/** The view of a step for host code that sees arrays too. */
export interface Computation extends NumericComputation {
  /** The arrays of all buffers, live. */
  readonly arena: HostArrays;
  /** Returns the updates so far, in new arrays. */
  updates(): unknown;
  /** Returns the parameters, where they were given. */
  params(): unknown;
  /** The arrays of all parameters, including those outside the scope of the transformation. */
  readonly allParams: StepContext["params"];
  /** Returns the live elements of a slot for a leaf. */
  slot(name: string, leaf: number): ElementArray;
}

/** The view of reductions for `advance`: their results, and the fields that may hold them. */
export type Findings = Pick<NumericComputation, "at" | "reduced" | "perLeaf">;

const mapPerLeaf = <T>(
  tree: unknown,
  leaves: readonly number[],
  field: string,
  next: (value: T, leaf: number) => T,
): unknown => {
  const { leaves: values, def } = flatten<T>(tree, field, (node) => typeof node !== "object");
  if (values.length !== leaves.length)
    throw stateMismatch(field, `one value for each of ${leaves.length} leaves`);
  return unflatten(def, (i) => next(values[i] as T, leaves[i] as number));
};

/** Makes the view of a transformation's reductions. */
export const findings = (
  state: object,
  { registers, leaves, hooks }: Binding,
  step: StepContext,
): Findings => ({
  at: (value, count) => step.at(value, count),
  reduced: (name, leaf = leaves[0]) =>
    leaf === undefined ? 0 : step.program.register(indexOf(registers, name, hooks.name), leaf),
  perLeaf: (field, next) => mapPerLeaf((state as Record<string, unknown>)[field], leaves, field, next),
});

/** Makes the view of a step for host code that sees numbers only. */
export const numericComputation = (
  state: object,
  binding: Binding,
  scope: ScopeView,
  step: StepContext,
): NumericComputation => ({
  scope,
  extra: scope.extra(step.extra),
  assign: (name, leaf, value) =>
    step.program.setRegister(indexOf(binding.registers, name, binding.hooks.name), leaf, value),
  ...findings(state, binding, step),
});

/** Makes the view of a step for host code that sees arrays too. */
export const computation = (
  state: object,
  binding: Binding,
  scope: ScopeView,
  step: StepContext<ArrayProgram>,
): Computation => {
  const { arena } = step.program;
  const { layout } = scope;
  return {
    ...numericComputation(state, binding, scope, step),
    arena,
    updates: () => writeTree(layout, (leaf) => arena.leaf(UPDATES, leaf).slice()),
    params: () => step.params && writeTree(layout, (leaf) => step.params?.[leaf] as ElementArray),
    get allParams() {
      return step.params;
    },
    slot: (name, leaf) => arena.leaf(indexOf(binding.buffers, name, binding.hooks.name), leaf),
  };
};
