import { GradloomError } from "../error.ts";
import { DTYPES, type DType } from "../pytree/dtype.ts";
import { type Layout, restrict } from "../pytree/layout.ts";
import type { LeafSpec } from "../pytree/leaf.ts";
import { leavesAlong } from "../pytree/leaves-along.ts";
import { unflatten } from "../pytree/tree-def.ts";
import type { HostCall, PlanBuilder } from "./builder.ts";
import { inParts, inShape } from "./slot-layout.ts";
import { SlotRef, type StatePath } from "./state.ts";
import { FIRST_SLOT, type Phase, type Step } from "./step.ts";
import type { Binding, ScopeView, StepHooks } from "./step-hooks.ts";
import type { ExtraArgs } from "./transformation.ts";

/** What a slot is like. */
export interface SlotOptions {
  /** Storage, by default the leaf's own. */
  readonly dtype?: DType | undefined;
  /** What it holds at first: a number everywhere, or the parameters. */
  readonly initial: number | "params";
  /** From a leaf to the shape of what is kept for it, by default the leaf's own. */
  readonly shape?: SlotShape | undefined;
  /** From a leaf to the shapes of some arrays that are kept for it, which stand as a list in its place in the state. */
  readonly parts?: ((leaf: LeafSpec) => readonly (readonly number[])[]) | undefined;
}

const refuseWide = ({ leaves: specs }: Layout, leaves: readonly number[]): void => {
  const narrow = leaves.map((i) => specs[i] as LeafSpec).find((leaf) => leaf.dtype !== "float64");
  if (!narrow) return;
  throw new GradloomError("DTYPE_MISMATCH", `float64 cannot store the state of a ${narrow.dtype} leaf.`, {
    path: `params.${narrow.path}`,
    remedy: "Choose a storage type no wider than the leaf's own.",
  });
};

/** From a leaf, its index, and the plan it is part of, to a shape. */
export type SlotShape = (leaf: LeafSpec, index: number, builder: PlanBuilder) => readonly number[];

/** What a transformation sees while it is lowered: some leaves of the tree, and its place in the state. */
export class Scope implements ScopeView {
  readonly builder: PlanBuilder;
  readonly leaves: readonly number[];
  readonly path: StatePath;
  readonly #masksExtra: boolean;

  constructor(builder: PlanBuilder, leaves: readonly number[], path: StatePath, masksExtra = false) {
    this.builder = builder;
    this.leaves = leaves;
    this.path = path;
    this.#masksExtra = masksExtra;
  }

  /** The scope of a transformation whose state lies at a key of this one's. */
  at(...keys: StatePath): Scope {
    return new Scope(this.builder, this.leaves, [...this.path, ...keys], this.#masksExtra);
  }

  /** The same place with only those leaves for which the test holds; perhaps extra arguments are to be narrowed like it. */
  narrow(test: (leaf: number) => boolean, masksExtra = this.#masksExtra): Scope {
    return new Scope(this.builder, this.leaves.filter(test), this.path, masksExtra);
  }

  /** Extra arguments as a transformation in this scope sees them. */
  extra(given: ExtraArgs | undefined): ExtraArgs | undefined {
    if (!this.#masksExtra || !given) return given;
    const { def } = this.layout;
    const seen = (value: unknown): unknown => {
      const leaves = leavesAlong(this.whole.def, value);
      return leaves ? unflatten(def, (i) => leaves[i]) : value;
    };
    return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, seen(value)]));
  }

  /** The tree that a transformation in this scope sees: leaves outside it are masked. */
  get layout(): Layout {
    return restrict(this.builder.layout, this.leaves);
  }

  get whole(): Layout {
    return this.builder.layout;
  }

  /** A buffer with one array per leaf, like the leaf itself where the options do not say otherwise. */
  slot({ dtype, initial, shape, parts }: SlotOptions): SlotRef {
    const { builder, leaves } = this;
    if (dtype === "float64") refuseWide(builder.layout, leaves);
    const own = restrict(builder.layout, leaves, dtype);
    const differs = leaves.some((leaf) => builder.layout.leaves[leaf]?.dtype !== dtype);
    const kept = parts
      ? inParts(own, leaves, parts)
      : inShape(own, leaves, shape && ((leaf, i) => shape(leaf, i, builder)));
    const index =
      builder.slots.push({
        set: builder.set(leaves),
        ...(dtype && differs && { dtype: DTYPES[dtype].code }),
        ...(kept.shapes && { shapes: kept.shapes }),
      }) - 1;
    const place = new SlotRef(FIRST_SLOT + index, kept.layout, kept.leaves, initial, kept.places);
    builder.places.push(place);
    return place;
  }

  register(): number {
    return this.builder.registers++;
  }

  /** Binds the hooks of a transformation, with room for their scalars. Returns the index of the binding. */
  bind(
    hooks: StepHooks,
    scalars = 0,
    registers: Binding["registers"] = new Map(),
    buffers: Binding["buffers"] = new Map(),
  ): number {
    const { builder, path, leaves } = this;
    const firstScalar = builder.scalars;
    builder.scalars += scalars;
    return builder.bind({ hooks, path, leaves, firstScalar, registers, buffers });
  }

  /** Adds an instruction for the leaves of this scope. */
  step(step: Step): void {
    if (this.leaves.length === 0) return;
    const { phases, bindings, leafwise } = this.builder;
    (phases.at(-1) as Phase).steps.push({ ...step, set: this.builder.set(this.leaves) });
    if ("leafwise" in step && !leafwise.has(step.leafwise)) {
      leafwise.set(step.leafwise, (bindings.at(-1) as Binding).hooks.name);
    }
  }

  /** Ends a phase with a call of the hooks of a binding; a switch chooses which of the branches runs next. */
  hostCall(
    binding: number,
    arrays: HostCall["arrays"],
    isSwitch = false,
    branches: readonly (() => void)[] = [],
  ): void {
    this.builder.hostCall({ binding, scope: this, arrays }, isSwitch, branches);
  }
}
