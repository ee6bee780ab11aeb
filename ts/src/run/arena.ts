import type { Session } from "../engine/engine.ts";
import type { Place, SlotRef } from "../plan/state.ts";
import { GRADS, PARAMS, UPDATES } from "../plan/step.ts";
import type { HostArrays } from "../plan/step-hooks.ts";
import { DTYPES, type ElementArray } from "../pytree/dtype.ts";
import type { Layout } from "../pytree/layout.ts";
import type { LeafSpec } from "../pytree/leaf.ts";

/** The session of each view, kept alive with the view: a session may free its memory when it is garbage collected. */
const sessionOf = new WeakMap<ElementArray, Session>();

/** The memory of a session as typed arrays: one array for each leaf of each buffer. */
export class Arena implements HostArrays {
  readonly #session: Session;
  readonly #layouts: Map<number, Layout> = new Map();
  readonly #places: Map<number, readonly Place[]> = new Map();
  readonly #views: (ElementArray | undefined)[][] = [];
  #scalars: Float64Array;
  #moves = 0;

  constructor(session: Session, layout: Layout) {
    this.#session = session;
    this.#scalars = session.scalars();
    for (const buffer of [GRADS, PARAMS, UPDATES]) this.#layouts.set(buffer, layout);
  }

  /** Sets the layout in which a slot's buffer is read. */
  declare({ buffer, layout, places }: SlotRef): void {
    this.#layouts.set(buffer, layout);
    if (places) this.#places.set(buffer, places);
  }

  get scalars(): Float64Array {
    this.#follow();
    return this.#scalars;
  }

  /** The number of times that the engine's memory has moved; views from before the last move are detached. */
  get moves(): number {
    this.#follow();
    return this.#moves;
  }

  leaf(buffer: number, index: number): ElementArray {
    const known = this.#views[buffer]?.[index];
    if (known && known.buffer.byteLength > 0) return known;
    this.#follow();
    this.#views[buffer] ??= [];
    const view = this.#view(buffer, index);
    (this.#views[buffer] as ElementArray[])[index] = view;
    return view;
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
    for (const index of leaves) this.leaf(buffer, index).set(arrays[index] as ElementArray);
  }

  copies(buffer: number, leaves: readonly number[]): ElementArray[] {
    const copies: ElementArray[] = [];
    for (const index of leaves) copies[index] = this.leaf(buffer, index).slice();
    return copies;
  }

  /** Drops the views if the engine's memory has moved. */
  #follow(): void {
    const current = this.#session.scalars();
    if (current.buffer === this.#scalars.buffer) return;
    this.#scalars = current;
    this.#views.length = 0;
    this.#moves += 1;
  }

  #view(buffer: number, index: number): ElementArray {
    const { dtype, size } = (this.#layouts.get(buffer) as Layout).leaves[index] as LeafSpec;
    const bytes = this.#session.buffer(buffer);
    const { array } = DTYPES[dtype];
    if (bytes === null || size === 0) return new array(size);
    const { leaf, first } = this.#places.get(buffer)?.[index] ?? { leaf: index, first: 0 };
    const offset = this.#session.offset(buffer, leaf) + first * DTYPES[dtype].bytes;
    const view = new array(bytes.buffer, bytes.byteOffset + offset, size);
    sessionOf.set(view, this.#session);
    return view;
  }
}
