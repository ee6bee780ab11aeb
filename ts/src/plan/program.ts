import type { Engine, LeafArray, Session } from "../engine/engine.ts";
import { GradloomError } from "../error.ts";
import type { ElementArray } from "../pytree/dtype.ts";
import { writeTree } from "../pytree/layout.ts";
import { Arena, PARAMS } from "./arena.ts";
import { FIRST_SLOT, type HostRun, type Phase, type Seat } from "./builder.ts";
import type { Lowering } from "./lowering.ts";
import type { StepContext } from "./node.ts";
import { mapState, NONE, type SlotRef, type StatePath, stateAt } from "./state.ts";
import type { ExtraArgs } from "./transformation.ts";

/** What a caller brings to one step. */
export interface StepInput {
  readonly params: readonly unknown[] | undefined;
  readonly extra: ExtraArgs | undefined;
}

/** A plan opened on an engine: memory, and the steps of its transformation. */
export class Program {
  readonly lowering: Lowering;
  readonly engine: Engine;
  readonly arena: Arena;
  /** Seats in the order of the plan; an injected actor changes places with its successor at each step. */
  readonly seats: Seat[];
  readonly #session: Session;
  readonly #slots: SlotRef[] = [];

  constructor(lowering: Lowering, engine: Engine, output: Phase["output"]) {
    this.lowering = lowering;
    this.engine = engine;
    this.seats = lowering.builder.seats.map((seat) => ({ ...seat }));
    this.#session = engine.open(lowering.builder.encode(output));
    this.arena = new Arena(this.#session, lowering.builder.layout);
    mapState(lowering.state, NONE, "", {
      slot: (ref) => {
        this.arena.declare(ref.buffer, ref.layout);
        this.#slots.push(ref);
      },
      host: () => undefined,
      opaque: () => undefined,
    });
  }

  /** This step's scalars, as the engine reads them. */
  get scalars(): Float64Array {
    return this.arena.scalars;
  }

  /** Result of a reduction for a leaf. */
  register(register: number, leaf: number): number {
    return this.#session.registers()[register * this.lowering.builder.layout.leaves.length + leaf] as number;
  }

  /** A state tree over the live memory of the slots. */
  slotTree(ref: SlotRef): unknown {
    return writeTree(ref.layout, (i) => this.arena.leaf(ref.buffer, i));
  }

  /** A state tree over copies of the slots. */
  slotCopy(ref: SlotRef): unknown {
    return writeTree(ref.layout, (i) => this.arena.leaf(ref.buffer, i).slice());
  }

  /** Lets the parameters lie in the caller's own arrays. False where the engine cannot reach them. */
  adopt(arrays: readonly LeafArray[]): boolean {
    if (!this.#session.adopt) return false;
    this.#session.adopt(PARAMS, arrays);
    this.arena.replace(PARAMS, arrays);
    return true;
  }

  /**
   * One step over the arena: reads grads, writes the slots and updates or params, and moves `state` on.
   * Where it throws, neither the state nor the memory of params and slots has changed.
   */
  step(state: unknown, input: StepInput): void {
    const context: StepContext = { program: this, ...input };
    const { seats } = this;
    for (let i = 0; i < seats.length; i++) {
      const seat = seats[i] as Seat;
      seat.actor.prepare?.(stateAt(state, seat.path), seat, context);
    }
    if (this.lowering.builder.runs.length === 1) this.#session.run(0);
    else this.#runWithHost(state, context);
    for (let i = 0; i < seats.length; i++) {
      const seat = seats[i] as Seat;
      seat.actor.commit?.(stateAt(state, seat.path), seat);
    }
  }

  /** Releases the memory. */
  close(): void {
    this.#session.close();
  }

  /** Phases with parts on the host between them; since those may throw, the slots are kept until all have succeeded. */
  #runWithHost(state: unknown, context: StepContext): void {
    const { runs, slots } = this.lowering.builder;
    const kept = slots.map((_, i) => this.#session.buffer(FIRST_SLOT + i)?.slice());
    const results: [StatePath, unknown][] = [];
    try {
      for (const run of runs) {
        if (typeof run === "number") this.#session.run(run);
        else results.push(this.#runOnHost(run, state, context));
      }
    } catch (error) {
      kept.forEach((bytes, i) => {
        if (bytes) this.#session.buffer(FIRST_SLOT + i)?.set(bytes);
      });
      throw error;
    }
    for (const [path, value] of results) {
      (stateAt(state, path.slice(0, -1)) as Record<string | number, unknown>)[path.at(-1) as string] = value;
    }
  }

  #runOnHost({ seat, scope }: HostRun, state: unknown, context: StepContext): [StatePath, unknown] {
    const { actor } = this.seats[this.lowering.builder.seats.indexOf(seat)] as Seat;
    if (!actor.run) throw new GradloomError("INTERNAL", "a host part without anything to run.");
    return [seat.path, actor.run(stateAt(state, seat.path), scope, context)];
  }
}

/** Copies of the arrays of a buffer, for code that may keep them. */
export const copyBuffer = (program: Program, buffer: number, leaves: readonly number[]): ElementArray[] => {
  const copies: ElementArray[] = [];
  for (const leaf of leaves) copies[leaf] = program.arena.leaf(buffer, leaf).slice();
  return copies;
};
