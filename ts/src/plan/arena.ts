import type { Session } from "../engine/engine.ts";
import { DTYPES, type ElementArray } from "../pytree/dtype.ts";
import type { Layout } from "../pytree/layout.ts";
import type { LeafSpec } from "../pytree/leaf.ts";

/** Numbers of the buffers that every plan may have. */
export const GRADS = 0;
export const PARAMS = 1;
export const UPDATES = 2;

/** The memory of a session as typed arrays, one per buffer and leaf. */
export class Arena {
  readonly #session: Session;
  readonly #layouts: Map<number, Layout> = new Map();
  readonly #views: (ElementArray | undefined)[][] = [];
  #scalars: Float64Array;

  constructor(session: Session, layout: Layout) {
    this.#session = session;
    this.#scalars = session.scalars();
    for (const buffer of [GRADS, PARAMS, UPDATES]) this.#layouts.set(buffer, layout);
  }

  /** Says in which layout a slot's buffer is read. */
  declare(buffer: number, layout: Layout): void {
    this.#layouts.set(buffer, layout);
  }

  get scalars(): Float64Array {
    this.refresh();
    return this.#scalars;
  }

  /** Follows the engine's memory where it has moved; true if it had, so that earlier views are dead. */
  refresh(): boolean {
    const current = this.#session.scalars();
    if (current.buffer === this.#scalars.buffer) return false;
    this.#scalars = current;
    this.#views.length = 0;
    return true;
  }

  /** The live elements of a leaf in a buffer. */
  leaf(buffer: number, index: number): ElementArray {
    this.#views[buffer] ??= [];
    const views = this.#views[buffer] as (ElementArray | undefined)[];
    views[index] ??= this.#view(buffer, index);
    return views[index] as ElementArray;
  }

  /** Uses the caller's own array in place of the arena's from now on. */
  replace(buffer: number, arrays: readonly ElementArray[]): void {
    this.#views[buffer] = [...arrays];
  }

  /** Whether the plan gives a buffer memory. */
  has(buffer: number): boolean {
    return this.#session.buffer(buffer) !== null;
  }

  /** Copies arrays into a buffer, leaf by leaf. */
  load(buffer: number, leaves: readonly number[], arrays: readonly ElementArray[]): void {
    for (const index of leaves) this.leaf(buffer, index).set(arrays[index] as ElementArray);
  }

  #view(buffer: number, index: number): ElementArray {
    const { dtype, size } = (this.#layouts.get(buffer) as Layout).leaves[index] as LeafSpec;
    const bytes = this.#session.buffer(buffer);
    const { array } = DTYPES[dtype];
    if (bytes === null || size === 0) return new array(size);
    return new array(bytes.buffer, bytes.byteOffset + this.#session.offset(buffer, index), size);
  }
}
