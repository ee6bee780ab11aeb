import type { Session } from "../engine/engine.ts";
import { GradloomError } from "../error.ts";
import type { Place, SlotRef } from "../plan/state.ts";
import { GRADS, PARAMS, UPDATES } from "../plan/step.ts";
import type { HostArrays } from "../plan/step-hooks.ts";
import { DTYPES, type ElementArray } from "../pytree/dtype.ts";
import { type Layout, pathIn } from "../pytree/layout.ts";
import type { LeafSpec } from "../pytree/leaf.ts";

/** The memory of a session as typed arrays: one array for each leaf of each buffer. */
export class Arena implements HostArrays {
  readonly #session: Session;
  readonly #layouts: Map<number, Layout> = new Map();
  readonly #places: Map<number, readonly Place[]> = new Map();
  readonly #views: (ElementArray | undefined)[][] = [];
  readonly scalars: Float64Array;

  constructor(session: Session, layout: Layout) {
    this.#session = session;
    this.scalars = session.scalars();
    for (const buffer of [GRADS, PARAMS, UPDATES]) this.#layouts.set(buffer, layout);
  }

  /** Sets the layout in which a slot's buffer is read. */
  declare({ buffer, layout, places }: SlotRef): void {
    this.#layouts.set(buffer, layout);
    if (places) this.#places.set(buffer, places);
  }

  leaf(buffer: number, index: number): ElementArray {
    const known = this.#views[buffer]?.[index];
    if (!known) return this.#keep(buffer, index);
    if (known.length === 0 && this.#spec(buffer, index).size > 0) throw this.#lost(buffer, index);
    return known;
  }

  /** Replaces the views of a buffer by the caller's own arrays. */
  replace(buffer: number, arrays: readonly ElementArray[]): void {
    this.#views[buffer] = [...arrays];
  }

  /** Returns whether a buffer has memory in this plan. */
  has(buffer: number): boolean {
    return this.#session.buffer(buffer) !== null;
  }

  load(buffer: number, leaves: readonly number[], arrays: readonly ElementArray[]): void {
    for (const index of leaves) {
      const [own, given] = [this.leaf(buffer, index), arrays[index] as ElementArray];
      if (given !== own) own.set(given);
    }
  }

  copies(buffer: number, leaves: readonly number[]): ElementArray[] {
    const copies: ElementArray[] = [];
    for (const index of leaves) copies[index] = this.leaf(buffer, index).slice();
    return copies;
  }

  #spec(buffer: number, index: number): LeafSpec {
    return (this.#layouts.get(buffer) as Layout).leaves[index] as LeafSpec;
  }

  #keep(buffer: number, index: number): ElementArray {
    const view = this.#view(buffer, index);
    this.#views[buffer] ??= [];
    this.#views[buffer][index] = view;
    return view;
  }

  #view(buffer: number, index: number): ElementArray {
    const { dtype, size } = this.#spec(buffer, index);
    const bytes = this.#session.buffer(buffer);
    const { array } = DTYPES[dtype];
    if (bytes === null || size === 0) return new array(size);
    const { leaf, first } = this.#places.get(buffer)?.[index] ?? { leaf: index, first: 0 };
    const offset = this.#session.offset(buffer, leaf) + first * DTYPES[dtype].bytes;
    return new array(bytes.buffer, bytes.byteOffset + offset, size);
  }

  /** Makes the error for a view that the caller has transferred. */
  #lost(buffer: number, index: number): GradloomError {
    const tree = ["grads", "params", "updates"][buffer] ?? "optState";
    return new GradloomError("DETACHED_MEMORY", "the memory of this array was transferred.", {
      path: pathIn(tree, this.#spec(buffer, index).path),
      remedy: "Transfer a copy: array.slice().buffer.",
    });
  }
}
