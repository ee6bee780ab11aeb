import { GradloomError } from "../error.ts";
import { DTYPES, type DType } from "../pytree/dtype.ts";
import { type Layout, restrict } from "../pytree/layout.ts";
import type { LeafSpec } from "../pytree/leaf.ts";
import { leavesAlong } from "../pytree/leaves-along.ts";
import { leavesOf, type TreeDef, unflatten } from "../pytree/tree-def.ts";
import type { HostCall, PlanBuilder } from "./builder.ts";
import { inParts, inShape } from "./slot-layout.ts";
import { SlotRef, type StatePath } from "./state.ts";
import { FIRST_SLOT, type Phase, type PlannedStep, type Step } from "./step.ts";
import type { Binding, ScopeView, StepHooks } from "./step-hooks.ts";
import type { ExtraArgs } from "./transformation.ts";

/** The options of a slot. */
export interface SlotOptions {
  /** Storage, by default the leaf's own. */
  readonly dtype?: DType | undefined;
  /** The initial value: a number in all elements, or the parameters. */
  readonly initial: number | "params";
  /** Returns the shape of the array for a leaf, by default the leaf's own. */
  readonly shape?: SlotShape | undefined;
  /** Returns the shapes of several arrays for a leaf; the state then has a list of them in the leaf's place. */
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

/** A tree that a transformation sees as the whole, and its layout; the layout lists the leaves of the plan. */
export type Target = Pick<PlanBuilder, "layout" | "tree">;

/** Returns a shape for a leaf, given its index and the tree that it belongs to. */
export type SlotShape = (leaf: LeafSpec, index: number, target: Target) => readonly number[];

/** Returns the part of a tree under some keys, undefined where there is none. */
const partOf = ({ layout, tree }: Target, [key, ...rest]: readonly string[]): Target | undefined => {
  if (key === undefined) return { layout, tree };
  const { def } = layout;
  const child = def.kind === "object" ? def.children[def.keys.indexOf(key)] : undefined;
  if (!child) return undefined;
  return partOf({ layout: { ...layout, def: child }, tree: (tree as Record<string, unknown>)[key] }, rest);
};

/** The part of the tree and of the state that a transformation sees while it is lowered. */
export class Scope implements ScopeView {
  readonly builder: PlanBuilder;
  readonly leaves: readonly number[];
  readonly path: StatePath;
  /** The tree that masks, labels and host code refer to: the whole tree of the plan, or a part of it. */
  readonly target: Target;
  /** The leaves of this scope that kernels cannot work on. */
  readonly #integers: readonly number[];
  readonly #masksExtra: boolean;
  /** Inner nodes of the tree that are masked as a whole, beside the leaves that the scope leaves out. */
  readonly #hidden: readonly TreeDef[];

  /**
   * @param leaves - those of integers too
   * @param hidden - inner nodes that are masked as a whole
   */
  constructor(
    builder: PlanBuilder,
    leaves: readonly number[],
    path: StatePath,
    masksExtra = false,
    target: Target = builder,
    hidden: readonly TreeDef[] = [],
  ) {
    const { length } = builder.layout.leaves;
    this.builder = builder;
    this.leaves = leaves.filter((leaf) => leaf < length);
    this.#integers = leaves.filter((leaf) => leaf >= length);
    this.path = path;
    this.target = target;
    this.#masksExtra = masksExtra;
    this.#hidden = hidden;
  }

  /** Returns the scope of an inner transformation: the same leaves, with its state under these keys. */
  at(...keys: StatePath): Scope {
    return this.#with({ path: [...this.path, ...keys] });
  }

  /**
   * Returns a scope of only the leaves that pass the test.
   *
   * @param masksExtra - whether the others are hidden in extra arguments too
   * @param hidden - inner nodes without such leaves, each of which is one masked node in the trees of the scope
   */
  narrow(
    test: (leaf: number) => boolean,
    masksExtra = this.#masksExtra,
    hidden: readonly TreeDef[] = [],
  ): Scope {
    return this.#with({
      leaves: this.#all.filter(test),
      masksExtra,
      hidden: [...this.#hidden, ...hidden],
    });
  }

  /** Returns a scope that sees the part of the tree under some keys as the whole; itself where there is no such part. */
  part(keys: readonly string[]): Scope {
    const target = keys.length > 0 ? partOf(this.target, keys) : undefined;
    if (!target) return this;
    const inside = new Set(leavesOf(target.layout.def));
    const leaves = this.#all.filter((leaf) => inside.has(leaf));
    return this.#with({ leaves, target });
  }

  /** Returns a scope like this one with some parts replaced. */
  #with({
    leaves = this.#all,
    path = this.path,
    masksExtra = this.#masksExtra,
    target = this.target,
    hidden = this.#hidden,
  }: {
    readonly leaves?: readonly number[];
    readonly path?: StatePath;
    readonly masksExtra?: boolean;
    readonly target?: Target;
    readonly hidden?: readonly TreeDef[];
  }): Scope {
    return new Scope(this.builder, leaves, path, masksExtra, target, hidden);
  }

  get #all(): readonly number[] {
    return this.#integers.length === 0 ? this.leaves : [...this.leaves, ...this.#integers];
  }

  /** Says what a transformation makes of leaves of integers: by default it would have to compute with them. */
  integers(name: string, update?: "zero" | "same"): void {
    if (update === "zero") this.builder.integers.zero(this.#integers, name);
    else if (update === undefined) this.builder.integers.use(this.#integers, name);
  }

  extra(given: ExtraArgs | undefined): ExtraArgs | undefined {
    if (!this.#masksExtra || !given) return given;
    const { def } = this.layout;
    const seen = (value: unknown): unknown => {
      const leaves = leavesAlong(this.whole, value);
      return leaves ? unflatten(def, (i) => leaves[i]) : value;
    };
    return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, seen(value)]));
  }

  get layout(): Layout {
    return restrict(this.target.layout, this.leaves, { hidden: this.#hidden });
  }

  get whole(): Layout {
    return this.target.layout;
  }

  /** Adds a slot: a buffer with an array for each leaf, by default of the leaf's own shape and type. */
  slot({ dtype, initial, shape, parts }: SlotOptions): SlotRef {
    const { builder, leaves } = this;
    if (dtype === "float64") refuseWide(builder.layout, leaves);
    const own = restrict(this.target.layout, leaves, { dtype, hidden: this.#hidden });
    const differs = leaves.some((leaf) => builder.layout.leaves[leaf]?.dtype !== dtype);
    const kept = parts
      ? inParts(own, leaves, parts)
      : inShape(own, leaves, shape && ((leaf, i) => shape(leaf, i, this.target)));
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

  /** Adds a step for the leaves of this scope to the current phase, with facts of its kernel that are not part of the plan. */
  step(step: Step, { writes = [], keepsUpdates = false }: Partial<Omit<PlannedStep, "step">> = {}): void {
    if (this.leaves.length === 0) return;
    const { phases, bindings, leafwise } = this.builder;
    const set = this.builder.set(this.leaves);
    (phases.at(-1) as Phase).steps.push({ step: { ...step, set }, writes, keepsUpdates });
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
