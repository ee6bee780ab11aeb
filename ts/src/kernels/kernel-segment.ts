import { GradloomError } from "../error.ts";
import type { HostCall } from "../plan/builder.ts";
import type { Scope } from "../plan/scope.ts";
import type { StateLayout } from "../plan/state.ts";
import type { ScalarRef } from "../plan/step.ts";
import { FIRST_SLOT } from "../plan/step.ts";
import type { ArrayProgram, Binding, ScopeView, StepContext, StepHooks } from "../plan/step-hooks.ts";
import { allLeaves } from "../pytree/layout.ts";
import type { LeafSpec } from "../pytree/leaf.ts";
import { namedLike } from "../pytree/named.ts";
import { type Coroutine, Suspended } from "../run/suspended.ts";
import { show } from "../show.ts";
import { type Computation, computation, findings, numericComputation } from "./computation.ts";
import { indexOf } from "./index-of.ts";
import type { Advancing, KernelStep } from "./kernel-spec.ts";
import type { HostScalar, MatrixAxes, Numbers, Scalar } from "./kernel-step.ts";
import { READ_ONLY_SLOTS, READ_ONLY_UPDATES, READ_PARAMS } from "./registry.gen.ts";
import { snakeKeys } from "./snake-keys.ts";

const isHostScalar = (entry: [string, Scalar]): entry is [string, HostScalar] => typeof entry[1] !== "object";

/** The transformation that a segment belongs to. */
export interface SegmentOwner {
  readonly name: string;
  /** The fields of the state, as text. */
  readonly fields: string;
  readonly advancing: readonly Advancing[];
}

/** The scope, slots, registers and state that the segments of a transformation share while they are lowered. */
export interface Placement {
  readonly scope: Scope;
  readonly slots: ReadonlyMap<string, number>;
  readonly registers: Map<string, number>;
  /** The layout of the state; inner transformations add theirs. */
  readonly layout: Record<string, StateLayout>;
}

/** Host code: returns the index of the branch that runs next, and changes of the state. */
type HostStep = (
  state: never,
  on: Computation,
) => readonly [branch: number, changes: object | Suspended<object>];

/** Returns the name of the kernel or reduction that a step runs; empty if it runs none. */
const kernelOf = (step: KernelStep): string => {
  if ("map" in step) return step.map;
  if ("reduce" in step) return step.reduce;
  return "leafwise" in step ? step.leafwise : "";
};

const hostStepOf = (step: KernelStep | undefined): HostStep | undefined => {
  if (step && "switch" in step) return step.switch;
  if (step && "compute" in step) return (state, on) => [0, step.compute(state, on)];
  if (step && "ask" in step) return (state, on) => [0, new Suspended(step.ask(state, on))];
  return undefined;
};

const seenArrays = (step: KernelStep | undefined): HostCall["arrays"] => {
  if (!step || "ask" in step) return step !== undefined;
  return "arrays" in step && step.arrays !== undefined && step.arrays;
};

const merge = function* (state: object, changes: Coroutine<object>): Coroutine<object> {
  return namedLike(state, { ...state, ...(yield* changes) });
};

/** Returns the scope of only those leaves that a step works on. */
const narrowed = (
  scope: Scope,
  { only }: Pick<Extract<KernelStep, { readonly map: string }>, "only">,
): Scope => (only ? scope.narrow((leaf) => only((allLeaves(scope.whole)[leaf] as LeafSpec).shape)) : scope);

/** Groups the leaves of a scope by the axes along which a leafwise kernel works. */
const groupByAxes = (
  { target, leaves }: Scope,
  { axes = () => [], matrices }: Extract<KernelStep, { readonly leafwise: string }>,
): [MatrixAxes, leaves: readonly number[]][] => {
  const groups = new Map<string, [MatrixAxes, number[]]>();
  for (const leaf of leaves) {
    const { shape } = target.layout.leaves[leaf] as LeafSpec;
    const along = matrices ? matrices(leaf, target) : { axes: axes(shape) };
    const key = JSON.stringify(along);
    const group = groups.get(key) ?? [along, []];
    group[1].push(leaf);
    groups.set(key, group);
  }
  return [...groups.values()];
};

/** Consecutive kernels of a transformation without host code between them: all their scalars are known before the first one runs. */
export class KernelSegment implements StepHooks {
  readonly key: string;
  readonly readsResults: boolean;
  readonly #owner: SegmentOwner;
  readonly #steps: readonly KernelStep[];
  readonly #branches: readonly KernelSegment[];
  readonly #scalars: readonly [string, HostScalar][];
  readonly #hostStep: HostStep | undefined;
  readonly #arrays: HostCall["arrays"];
  readonly #isSwitch: boolean;
  #branch = -1;

  /** @param branches - the segments that may run after the host code at the end of the steps */
  constructor(owner: SegmentOwner, steps: readonly KernelStep[], branches: readonly KernelSegment[]) {
    this.#owner = owner;
    this.#steps = steps;
    this.#branches = branches;
    this.#scalars = steps
      .flatMap((step) => Object.entries("scalars" in step ? (step.scalars ?? {}) : {}))
      .filter(isHostScalar);
    this.#hostStep = hostStepOf(steps.at(-1));
    const last = steps.at(-1);
    this.#arrays = seenArrays(last);
    this.#isSwitch = last !== undefined && "switch" in last;
    this.readsResults = steps.some((step) => "advance" in step && step.readsResults === true);
    const planned = (key: string, value: unknown) =>
      key === "scalars" ? Object.keys(value as object) : key === "inner" ? "inner" : value;
    this.key = `${owner.fields}${JSON.stringify(steps, planned)}`;
  }

  get name(): string {
    return this.#owner.name;
  }

  /** Returns the hooks of this segment, of inner transformations and of the branches, in the order in which they are bound. */
  hooks(): readonly StepHooks[] {
    const inside = this.#steps.flatMap((step) => ("inner" in step ? step.inner.hooks() : []));
    return [this, ...inside, ...this.#branches.flatMap((branch) => branch.hooks())];
  }

  /** Adds the kernels to the plan. */
  lower(placement: Placement): void {
    const { scope, slots, registers, layout } = placement;
    if (this.#steps.some((step) => READ_PARAMS.includes(kernelOf(step)))) {
      scope.builder.needsParams ??= this.name;
    }
    let next = scope.builder.scalars;
    const buffers = new Map([...slots].map(([name, slot]) => [name, FIRST_SLOT + slot]));
    const binding = scope.bind(this, this.#scalars.length, registers, buffers);
    const registerOf = (name: string): number => {
      const register = registers.get(name) ?? scope.register();
      registers.set(name, register);
      return register;
    };
    for (const step of this.#steps) {
      if ("inner" in step) layout[step.as] = step.inner.lower(scope.at(step.as));
      for (const name of ("assigns" in step && step.assigns) || []) registerOf(name);
      const kernel = kernelOf(step);
      if (!kernel) continue;
      const known = (indices: ReadonlyMap<string, number>, name: string): number =>
        indexOf(indices, name, `${this.name}.${kernel}`);
      const slotIndices = (fields: Readonly<Record<string, string>>): Record<string, number> =>
        snakeKeys(fields, (field) => known(slots, field));
      const refer = (scalars: Readonly<Record<string, Scalar>> = {}): Record<string, ScalarRef> =>
        snakeKeys(scalars, (scalar) =>
          typeof scalar === "object" ? { register: known(registers, scalar.reduced) } : next++,
        );
      if ("reduce" in step) {
        const operands = { slots: slotIndices(step.slots ?? {}), scalars: refer(step.scalars) };
        scope.step({ reduce: kernel, ...operands, scope: step.scope, into: registerOf(step.as) });
      } else if ("map" in step || "leafwise" in step) {
        const names: readonly string[] = step.slots ?? [...slots.keys()];
        const operands = {
          slots: slotIndices(Object.fromEntries(names.map((name) => [name, name]))),
          scalars: refer(step.scalars),
        };
        const written = names.filter((name) => !READ_ONLY_SLOTS[kernel]?.includes(name));
        const facts = {
          writes: written.map((name) => slots.get(name) as number),
          keepsUpdates: READ_ONLY_UPDATES.includes(kernel),
        };
        const own = narrowed(scope, step);
        own.integers(this.name, "map" in step ? step.integers : undefined);
        if ("map" in step) own.step({ map: kernel, ...operands }, facts);
        else {
          for (const [along, leaves] of groupByAxes(own, step)) {
            scope
              .narrow((leaf) => leaves.includes(leaf))
              .step({ leafwise: kernel, ...operands, ...along }, facts);
          }
        }
      }
    }
    if (!this.#hostStep) return;
    const branches = this.#branches.map((branch) => () => branch.lower(placement));
    scope.hostCall(binding, this.#arrays, this.#isSwitch, branches);
  }

  prepare(state: Numbers, binding: Binding, step: StepContext): void {
    const { program, extra } = step;
    const out = program.scalars;
    for (let i = 0; i < this.#scalars.length; i++) {
      const [name, scalar] = this.#scalars[i] as [string, HostScalar];
      let value = scalar;
      if (typeof value === "function") {
        value = value(state, extra, step);
        if (!Number.isFinite(value)) this.#refuse(name, value, state);
      }
      out[binding.firstScalar + i] = value;
    }
  }

  run(state: object, binding: Binding, scope: ScopeView, step: StepContext): object {
    const hostStep = this.#hostStep as HostStep;
    const on = this.#arrays
      ? computation(state, binding, scope, step as StepContext<ArrayProgram>)
      : numericComputation(state, binding, scope, step);
    const [branch, changes] = hostStep(state as never, on as Computation);
    this.#branch = branch;
    if (changes instanceof Suspended) return new Suspended(merge(state, changes.coroutine));
    return namedLike(state, { ...state, ...changes });
  }

  selectBranch(): number {
    return this.#branch;
  }

  commit(state: Record<string, unknown>, binding: Binding, context: StepContext): void {
    const { extra } = context;
    for (const step of this.#steps) {
      if (!("advance" in step)) continue;
      const changes = step.readsResults
        ? step.advance(state as never, extra, findings(state, binding, context))
        : step.advance(state as never, extra, context);
      Object.assign(state, changes);
    }
    for (const [name, next] of this.#owner.advancing) state[name] = next(state[name] as never);
  }

  #refuse(name: string, value: number, state: Numbers): never {
    const step = this.#owner.advancing.map(([field]) => ` at ${field} ${state[field]}`).join();
    throw new GradloomError("INVALID_HYPERPARAMETER", `came out as ${show(value)}${step}.`, {
      path: `${this.#owner.name}.${name}`,
      remedy: "Schedules, and numbers given to a step, must be finite at every step.",
    });
  }
}
