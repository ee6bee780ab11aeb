import { GradloomError } from "../error.ts";
import { DTYPES, type DType } from "../pytree/dtype.ts";
import { type Layout, restrict } from "../pytree/layout.ts";
import type { LeafSpec } from "../pytree/leaf.ts";
import { leavesAlong } from "../pytree/leaves-along.ts";
import { unflatten } from "../pytree/tree-def.ts";
import type { Actor } from "./node.ts";
import { isRehearsed } from "./rehearsal.ts";
import { inParts, inShape } from "./slot-layout.ts";
import { SlotRef, type StatePath } from "./state.ts";
import { encodable, FIRST_SLOT, type Step } from "./step.ts";
import type { ExtraArgs } from "./transformation.ts";

/** What u is when a phase starts and where it goes when it ends. */
export interface Phase {
  readonly input: "grads" | "updates";
  output: "none" | "registers" | "updates" | "apply";
  readonly steps: (Step & { readonly set: number })[];
}

/** An actor's place in a program: where its state and its scalars are. */
export interface Seat {
  actor: Actor;
  readonly path: StatePath;
  readonly leaves: readonly number[];
  readonly firstScalar: number;
  /** Registers by the names that the transformation gives them. */
  readonly registers: ReadonlyMap<string, number>;
  /** Buffers of slots by their names. */
  readonly buffers: ReadonlyMap<string, number>;
}

/** Something between two phases that the actor of a seat does on the host: run code, or choose one of some blocks. */
export interface Interlude {
  readonly seat: number;
  readonly scope: Scope;
  readonly arms: readonly Block[];
  /** Whether it looks at arrays, perhaps at slots alone, and not only at numbers. */
  readonly arrays: boolean | "slots";
}

/** What runs together: seats whose scalars are written first, then phases and interludes in order. */
export interface Block {
  readonly seats: number[];
  readonly runs: (number | Interlude)[];
}

/** A slot as the plan says it. */
export interface SlotSpec {
  readonly set: number;
  readonly dtype?: string;
  readonly shapes?: readonly (readonly number[])[];
}

type Beginning = Pick<Phase, "input" | "steps">;

/** Collects the plan of one transformation for one tree. */
export class PlanBuilder {
  readonly layout: Layout;
  /** The tree that the plan is made for: functions of the tree, such as masks, are evaluated on it. */
  readonly tree: unknown;
  /** All seats, in the order in which transformations are lowered. */
  readonly seats: Seat[] = [];
  /** What a step runs. */
  readonly main: Block = { seats: [], runs: [0] };
  readonly phases: Phase[] = [{ input: "grads", output: "none", steps: [] }];
  readonly slots: SlotSpec[] = [];
  /** Where the slots lie, in their order. */
  readonly places: SlotRef[] = [];
  readonly sets: number[][] = [];
  scalars = 0;
  registers = 0;
  /** Kernels that see whole leaves, and the first transformation that runs each. */
  readonly leafwise = new Map<string, string>();
  /** The first transformation that reads the parameters. */
  needsParams: string | undefined;

  #block: Block = this.main;

  constructor(layout: Layout, tree: unknown) {
    this.layout = layout;
    this.tree = tree;
  }

  /** The index of a set of leaves, the same for equal sets. */
  set(leaves: readonly number[]): number {
    const found = this.sets.findIndex(
      (set) => set.length === leaves.length && set.every((leaf, i) => leaf === leaves[i]),
    );
    return found >= 0 ? found : this.sets.push([...leaves]) - 1;
  }

  /**
   * Ends the current phase, and lets something happen on the host.
   *
   * @param arms - fill the blocks of which one is chosen; where there is no choice the only one goes on with all that follows
   */
  interrupt(interlude: Omit<Interlude, "arms">, isChoice: boolean, arms: readonly (() => void)[]): void {
    const { arrays } = interlude;
    const rests = (arrays === "slots" && this.#leave()) || (!arrays && !isChoice && this.#rehearse());
    const next = rests || this.#store();
    const outer = this.#block;
    const blocks = arms.map((): Block => ({ seats: [], runs: [] }));
    outer.runs.push({ ...interlude, arms: blocks });
    for (const [i, block] of blocks.entries()) {
      this.#block = block;
      this.#begin(next);
      arms[i]?.();
      if (isChoice) this.#store();
    }
    this.#block = outer;
    if (isChoice || arms.length === 0) this.#begin(next);
  }

  /** Gives an actor its place in the current block. */
  seat(seat: Seat): number {
    const index = this.seats.push(seat) - 1;
    this.#block.seats.push(index);
    return index;
  }

  /** Leaves u where it is, if kernels have only looked at it. Returns how the next phase begins. */
  #leave(): Beginning | undefined {
    const { input, steps } = this.#phase;
    const isKept = steps.every((step) => "leafwise" in step && step.keepsUpdates);
    return isKept ? { input, steps: [] } : undefined;
  }

  /** Stores what the current phase has done. Returns how the next one begins. */
  #store(): Beginning {
    this.#phase.output = "updates";
    return { input: "updates", steps: [] };
  }

  /** Runs the current phase for its reductions alone: a step that ends on the host has changed nothing. The next phase does it again. */
  #rehearse(): Beginning | undefined {
    const phase = this.#phase;
    if (!isRehearsed(phase, this.slots)) return undefined;
    phase.output = "registers";
    return { input: phase.input, steps: phase.steps.filter((step) => "map" in step) };
  }

  get #phase(): Phase {
    return this.phases.at(-1) as Phase;
  }

  #begin({ input, steps }: Beginning): void {
    this.#block.runs.push(this.phases.push({ input, output: "none", steps: [...steps] }) - 1);
  }

  /** The plan's bytes, ending in updates, in params or in registers alone. */
  encode(output: Phase["output"]): Uint8Array {
    const leaves = this.layout.leaves.map(({ dtype, shape }) => ({ dtype: DTYPES[dtype].code, shape }));
    const phases = this.phases.map((phase, i) =>
      i === this.phases.length - 1 ? { ...phase, output } : phase,
    );
    const { sets, slots, scalars, registers } = this;
    return new TextEncoder().encode(
      JSON.stringify({ leaves, sets, slots, scalars, registers, phases }, encodable),
    );
  }
}

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
export class Scope {
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
      const leaves = leavesAlong(this.builder.layout.def, value);
      return leaves ? unflatten(def, (i) => leaves[i]) : value;
    };
    return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, seen(value)]));
  }

  /** The tree that a transformation in this scope sees: leaves outside it are masked. */
  get layout(): Layout {
    return restrict(this.builder.layout, this.leaves);
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

  /** Gives an actor its place, with room for its scalars. */
  seat(
    actor: Actor,
    scalars = 0,
    registers: Seat["registers"] = new Map(),
    buffers: Seat["buffers"] = new Map(),
  ): number {
    const { builder, path, leaves } = this;
    const firstScalar = builder.scalars;
    builder.scalars += scalars;
    return builder.seat({ actor, path, leaves, firstScalar, registers, buffers });
  }

  /** Adds an instruction for the leaves of this scope. */
  step(step: Step): void {
    if (this.leaves.length === 0) return;
    const { phases, seats, leafwise } = this.builder;
    (phases.at(-1) as Phase).steps.push({ ...step, set: this.builder.set(this.leaves) });
    if ("leafwise" in step && !leafwise.has(step.leafwise)) {
      leafwise.set(step.leafwise, (seats.at(-1) as Seat).actor.name);
    }
  }

  /** Lets a seat's actor run on the host, between the phases before and after, or choose one of the arms. */
  interlude(
    seat: number,
    arrays: Interlude["arrays"],
    isChoice = false,
    arms: readonly (() => void)[] = [],
  ): void {
    this.builder.interrupt({ seat, scope: this, arrays }, isChoice, arms);
  }
}
