import { stateMismatch } from "../plan/state.ts";
import { UPDATES } from "../plan/step.ts";
import type {
  ArrayProgram,
  Binding,
  HostArrays,
  NumericProgram,
  ScopeView,
  StepContext,
} from "../plan/step-hooks.ts";
import type { ElementArray } from "../pytree/dtype.ts";
import { writeTree } from "../pytree/layout.ts";
import { flatten, unflatten } from "../pytree/tree-def.ts";

/** What host code between kernels can see and set. */
export interface NumericComputation {
  readonly scope: ScopeView;
  /** Arguments of this update beyond gradients, state and parameters. */
  readonly extra: StepContext["extra"];
  /** The result of a reduction over the tree, or over one leaf. */
  reduced(name: string, leaf?: number): number;
  /** Sets what kernels find under a name for one leaf. */
  assign(name: string, leaf: number, value: number): void;
  /** A `perLeaf` field made anew from its values and their leaves. */
  perLeaf<T>(field: string, next: (value: T, leaf: number) => T): unknown;
}

/** What host code that says so can see and set: arrays too. */
export interface Computation extends NumericComputation {
  /** The arrays of all buffers. */
  readonly arena: HostArrays;
  /** The updates so far, in new arrays. */
  updates(): unknown;
  /** The parameters, where they were given. */
  params(): unknown;
  /** The arrays of all parameters, also of those that the transformation does not see. */
  readonly allParams: StepContext["params"];
  /** The live elements of a slot. */
  slot(name: string, leaf: number): ElementArray;
}

/** What reductions have found, and the fields that can take it in. */
export type Findings = Pick<NumericComputation, "reduced" | "perLeaf">;

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

/** Returns what the reductions of a transformation have found. */
export const findings = (
  state: object,
  { registers, leaves }: Binding,
  program: NumericProgram,
): Findings => ({
  reduced: (name, leaf = leaves[0]) =>
    leaf === undefined ? 0 : program.register(registers.get(name) as number, leaf),
  perLeaf: (field, next) => mapPerLeaf((state as Record<string, unknown>)[field], leaves, field, next),
});

/** Returns what host code that sees no arrays sees of a step. */
export const numericComputation = (
  state: object,
  binding: Binding,
  scope: ScopeView,
  { program, extra }: StepContext,
): NumericComputation => ({
  scope,
  extra: scope.extra(extra),
  assign: (name, leaf, value) => program.setRegister(binding.registers.get(name) as number, leaf, value),
  ...findings(state, binding, program),
});

/** The same with arrays. */
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
    slot: (name, leaf) => arena.leaf(binding.buffers.get(name) as number, leaf),
  };
};
