import { DTYPES, type DType } from "../pytree/dtype.ts";
import { type Layout, restrict } from "../pytree/layout.ts";
import type { Actor } from "./node.ts";
import { SlotRef, type StatePath } from "./state.ts";

/** A scalar of a step: the index of a host scalar, or the register of a reduction. */
export type ScalarRef = number | { readonly register: number };

/** One instruction, as `ARCHITECTURE.md` describes it, without its set of leaves. */
export type Step =
  | {
      readonly map: string;
      readonly slots: Readonly<Record<string, number>>;
      readonly scalars: Readonly<Record<string, ScalarRef>>;
    }
  | { readonly reduce: string; readonly scope: "tree" | "leaf"; readonly into: number }
  | {
      readonly leafwise: string;
      readonly scalars: Readonly<Record<string, ScalarRef>>;
      readonly axes?: readonly number[];
    };

/** What u is when a phase starts and where it goes when it ends. */
export interface Phase {
  readonly input: "grads" | "updates";
  output: "none" | "updates" | "apply";
  readonly steps: (Step & { readonly set: number })[];
}

/** An actor's place in a program: where its state and its scalars are. */
export interface Seat {
  actor: Actor;
  readonly path: StatePath;
  readonly firstScalar: number;
}

/** Part of a step that runs on the host, between two phases. */
export interface HostRun {
  readonly seat: Seat;
  readonly scope: Scope;
}

/** Buffers before the slots: grads, params, updates. */
export const FIRST_SLOT = 3;

/** Collects the plan of one transformation for one tree. */
export class PlanBuilder {
  readonly layout: Layout;
  /** The tree that the plan is made for: functions of the tree, such as masks, are evaluated on it. */
  readonly tree: unknown;
  readonly seats: Seat[] = [];
  readonly runs: (number | HostRun)[] = [0];
  readonly phases: Phase[] = [{ input: "grads", output: "none", steps: [] }];
  readonly slots: { readonly set: number; readonly dtype?: string }[] = [];
  readonly sets: number[][] = [];
  scalars = 0;
  registers = 0;
  /** The first transformation that reads the parameters. */
  needsParams: string | undefined;

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

  /** Ends the current phase and begins the next where it left off. */
  breakPhase(run: HostRun): void {
    (this.phases.at(-1) as Phase).output = "updates";
    this.runs.push(run, this.phases.push({ input: "updates", output: "none", steps: [] }) - 1);
  }

  /** The plan's bytes, ending in updates, in params or in registers alone. */
  encode(output: Phase["output"]): Uint8Array {
    const leaves = this.layout.leaves.map(({ dtype, shape }) => ({ dtype: DTYPES[dtype].code, shape }));
    const phases = this.phases.map((phase, i) =>
      i === this.phases.length - 1 ? { ...phase, output } : phase,
    );
    const { sets, slots, scalars, registers } = this;
    return new TextEncoder().encode(JSON.stringify({ leaves, sets, slots, scalars, registers, phases }));
  }
}

/** What a transformation sees while it is lowered: some leaves of the tree, and its place in the state. */
export class Scope {
  readonly builder: PlanBuilder;
  readonly leaves: readonly number[];
  readonly path: StatePath;

  constructor(builder: PlanBuilder, leaves: readonly number[], path: StatePath) {
    this.builder = builder;
    this.leaves = leaves;
    this.path = path;
  }

  /** The scope of a transformation whose state lies at a key of this one's. */
  at(...keys: StatePath): Scope {
    return new Scope(this.builder, this.leaves, [...this.path, ...keys]);
  }

  /** The same place with only those leaves for which the test holds. */
  narrow(test: (leaf: number) => boolean): Scope {
    return new Scope(this.builder, this.leaves.filter(test), this.path);
  }

  /** The tree that a transformation in this scope sees: leaves outside it are masked. */
  get layout(): Layout {
    return restrict(this.builder.layout, this.leaves);
  }

  /** A buffer with one array per leaf, filled with a number at first. */
  slot(dtype: DType | undefined, fill: number): SlotRef {
    const { builder, leaves } = this;
    const storage = dtype && DTYPES[dtype].code;
    const index = builder.slots.push({ set: builder.set(leaves), ...(storage && { dtype: storage }) }) - 1;
    return new SlotRef(FIRST_SLOT + index, restrict(builder.layout, leaves, dtype), leaves, fill);
  }

  register(): number {
    return this.builder.registers++;
  }

  /** Gives an actor its place, with room for its scalars. */
  seat(actor: Actor, scalars = 0): Seat {
    const seat = { actor, path: this.path, firstScalar: this.builder.scalars };
    this.builder.scalars += scalars;
    this.builder.seats.push(seat);
    return seat;
  }

  /** Adds an instruction for the leaves of this scope. */
  step(step: Step): void {
    if (this.leaves.length === 0) return;
    (this.builder.phases.at(-1) as Phase).steps.push({ ...step, set: this.builder.set(this.leaves) });
  }

  /** Adds a part that runs on the host. */
  host(seat: Seat): void {
    this.builder.breakPhase({ seat, scope: this });
  }
}
