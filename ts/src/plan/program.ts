import type { Engine, LeafArray, Session } from "../engine/engine.ts";
import type { ElementArray } from "../pytree/dtype.ts";
import { writeTree } from "../pytree/layout.ts";
import { Arena, PARAMS } from "./arena.ts";
import { Asking, answer, answerAsync, type Steps } from "./asking.ts";
import { type Block, FIRST_SLOT, type Interlude, type Phase, type Seat } from "./builder.ts";
import type { Lowering } from "./lowering.ts";
import type { StepContext } from "./node.ts";
import { slotsAtRisk } from "./slots-at-risk.ts";
import { replaceAt, type SlotRef, type StateHolder, type StatePath, stateAt } from "./state.ts";
import type { ExtraArgs } from "./transformation.ts";

/** States that parts of a step have made, by the path of their seat; stored when all of it has succeeded. */
type Pending = Map<StatePath, unknown>;

const NOTHING_PENDING: Pending = new Map();

/** One step on its way through blocks and interludes. */
interface Run {
  readonly holder: StateHolder;
  readonly context: StepContext;
  readonly pending: Pending;
  /** Seats whose blocks have run. */
  readonly acted: number[];
}

/** What a caller brings to one step. */
export interface StepInput {
  /** Read only where host code asks for it: to have it may cost a copy. */
  readonly params: readonly unknown[] | undefined;
  readonly extra: ExtraArgs | undefined;
}

class Step implements StepContext {
  readonly program: Program;
  readonly #input: StepInput;

  constructor(program: Program, input: StepInput) {
    this.program = program;
    this.#input = input;
  }

  get params(): StepInput["params"] {
    return this.#input.params;
  }

  get extra(): StepInput["extra"] {
    return this.#input.extra;
  }
}

/** A plan opened on an engine: memory, and the steps of its transformation. */
export class Program {
  readonly lowering: Lowering;
  readonly engine: Engine;
  readonly arena: Arena;
  /** Seats in the order of lowering; an injected actor changes places with its successor at each step. */
  readonly seats: Seat[];
  readonly #session: Session;
  readonly #atRisk: readonly number[];

  constructor(lowering: Lowering, engine: Engine, output: Phase["output"]) {
    this.lowering = lowering;
    this.engine = engine;
    this.seats = lowering.builder.seats.map((seat) => ({ ...seat }));
    this.#atRisk = slotsAtRisk(lowering.builder);
    this.#session = engine.open(lowering.builder.encode(output));
    this.arena = new Arena(this.#session, lowering.builder.layout);
    for (const place of lowering.builder.places) this.arena.declare(place);
  }

  /** This step's scalars, as the engine reads them. */
  get scalars(): Float64Array {
    return this.arena.scalars;
  }

  /** The value of a register for a leaf: the result of a reduction, or what the host has put there. */
  register(register: number, leaf: number): number {
    return this.#session.registers()[register * this.lowering.builder.layout.leaves.length + leaf] as number;
  }

  /** Puts a scalar of one leaf where kernels find it. */
  setRegister(register: number, leaf: number, value: number): void {
    this.#session.registers()[register * this.lowering.builder.layout.leaves.length + leaf] = value;
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
  step(holder: StateHolder, input: StepInput): void {
    const context = new Step(this, input);
    const { main } = this.lowering.builder;
    if (main.runs.length === 1) {
      this.#prepare(main, holder, NOTHING_PENDING, context);
      this.#session.run(main.runs[0] as number);
      for (let i = 0; i < main.seats.length; i++) this.#commit(main.seats[i] as number, holder, context);
    } else answer(this.#stepWithInterludes(main, holder, context));
  }

  /** The same where the caller's own code may be asynchronous. Nothing else may use the program meanwhile. */
  async stepAsync(holder: StateHolder, input: StepInput): Promise<void> {
    const { main } = this.lowering.builder;
    if (main.runs.length === 1) this.step(holder, input);
    else await answerAsync(this.#stepWithInterludes(main, holder, new Step(this, input)));
  }

  /** Releases the memory. */
  close(): void {
    this.#session.close();
  }

  #prepare({ seats }: Block, holder: StateHolder, pending: Pending, context: StepContext): void {
    for (let i = 0; i < seats.length; i++) {
      const seat = this.seats[seats[i] as number] as Seat;
      seat.actor.prepare?.(pending.get(seat.path) ?? stateAt(holder, seat.path), seat, context);
    }
  }

  #commit(index: number, holder: StateHolder, context: StepContext): void {
    const seat = this.seats[index] as Seat;
    seat.actor.commit?.(stateAt(holder, seat.path), seat, context);
  }

  /** What runs on the host may throw between phases, so the slots are kept until all have succeeded. */
  *#stepWithInterludes(main: Block, holder: StateHolder, context: StepContext): Steps<void> {
    const kept = this.#atRisk.map((slot) => this.#session.buffer(FIRST_SLOT + slot)?.slice());
    const run: Run = { holder, context, pending: new Map(), acted: [] };
    try {
      yield* this.#runBlock(main, run);
    } catch (error) {
      kept.forEach((bytes, i) => {
        if (bytes) this.#session.buffer(FIRST_SLOT + (this.#atRisk[i] as number))?.set(bytes);
      });
      throw error;
    }
    const outerFirst = [...run.pending].sort(([a], [b]) => a.length - b.length);
    for (const [path, value] of outerFirst) replaceAt(holder, path, value);
    for (const index of run.acted) this.#commit(index, holder, context);
  }

  *#runBlock(block: Block, run: Run): Steps<void> {
    this.#prepare(block, run.holder, run.pending, run.context);
    for (const next of block.runs) {
      if (typeof next === "number") this.#session.run(next);
      else yield* this.#interrupt(next, run);
    }
    run.acted.push(...block.seats);
  }

  *#interrupt({ seat: index, scope, arms }: Interlude, run: Run): Steps<void> {
    const { holder, context, pending } = run;
    const seat = this.seats[index] as Seat;
    const { actor, path } = seat;
    const current = (): unknown => pending.get(path) ?? stateAt(holder, path);
    if (actor.run) {
      const made = actor.run(current(), seat, scope, context);
      pending.set(path, made instanceof Asking ? yield* made.steps : made);
    }
    const arm = arms[actor.choose?.(current(), seat, scope, context) ?? -1];
    if (arm) yield* this.#runBlock(arm, run);
  }
}

/** Copies of the arrays of a buffer, for code that may keep them. */
export const copyBuffer = (program: Program, buffer: number, leaves: readonly number[]): ElementArray[] => {
  const copies: ElementArray[] = [];
  for (const leaf of leaves) copies[leaf] = program.arena.leaf(buffer, leaf).slice();
  return copies;
};
