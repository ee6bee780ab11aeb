import type { Engine, LeafArray, Session } from "../engine/engine.ts";
import { onEngine } from "../engine/registry.ts";
import type { Lowering } from "../plan/lowering.ts";
import type { SlotRef } from "../plan/state.ts";
import type { Phase } from "../plan/step.ts";
import { FIRST_SLOT, type GRADS, type PARAMS } from "../plan/step.ts";
import type { ArrayProgram } from "../plan/step-hooks.ts";
import { writeTree } from "../pytree/layout.ts";
import { Arena } from "./arena.ts";
import { Program } from "./program.ts";
import { slotsAtRisk } from "./slots-at-risk.ts";

/** A plan on an engine whose memory is typed arrays. */
export class MemoryProgram extends Program implements ArrayProgram {
  readonly engine: Engine;
  readonly arena: Arena;
  readonly #session: Session;
  readonly #atRisk: readonly number[];
  /** Copies of the slots at risk, allocated once and written anew in each step. */
  readonly #copies = new Map<number, Uint8Array>();

  constructor(lowering: Lowering, engine: Engine, output: Phase["output"]) {
    super(lowering);
    this.engine = engine;
    this.#atRisk = slotsAtRisk(lowering.builder);
    this.#session = engine.open(lowering.builder.encode(output));
    this.arena = new Arena(this.#session, lowering.builder.layout);
    for (const place of lowering.builder.places) this.arena.declare(place);
  }

  get scalars(): Float64Array {
    return this.arena.scalars;
  }

  register(register: number, leaf: number): number {
    return this.#session.registers()[register * this.lowering.builder.layout.leaves.length + leaf] as number;
  }

  setRegister(register: number, leaf: number, value: number): void {
    this.#session.registers()[register * this.lowering.builder.layout.leaves.length + leaf] = value;
  }

  onEngine<T>(body: () => T): T {
    return onEngine(this.engine, body);
  }

  /** Returns the tree of a slot over its live memory. */
  slotTree(ref: SlotRef): unknown {
    return writeTree(ref.layout, (i) => this.arena.leaf(ref.buffer, i));
  }

  /** Returns the tree of a slot over copies. */
  slotCopy(ref: SlotRef): unknown {
    return writeTree(ref.layout, (i) => this.arena.leaf(ref.buffer, i).slice());
  }

  /** Whether the engine reaches arrays of the caller. */
  get reaches(): boolean {
    return this.#session.adopt !== undefined;
  }

  /** Makes the caller's own arrays the memory of parameters or gradients. Returns false where the engine cannot reach them. */
  adopt(buffer: typeof PARAMS | typeof GRADS, arrays: readonly LeafArray[]): boolean {
    if (!this.#session.adopt) return false;
    this.#session.adopt(buffer, arrays);
    this.arena.replace(buffer, arrays);
    return true;
  }

  close(): void {
    this.#session.close();
  }

  protected run(phase: number): void {
    this.#session.run(phase);
  }

  protected save(): () => void {
    for (const slot of this.#atRisk) {
      const bytes = this.#session.buffer(FIRST_SLOT + slot);
      const copy = this.#copies.get(slot);
      if (copy && bytes) copy.set(bytes);
      else if (bytes) this.#copies.set(slot, bytes.slice());
    }
    return () => {
      for (const slot of this.#atRisk) {
        const copy = this.#copies.get(slot);
        if (copy) this.#session.buffer(FIRST_SLOT + slot)?.set(copy);
      }
    };
  }
}
