import type { GradloomError } from "../error.ts";
import type { Session } from "./engine.ts";
import { engineError, toGradloomError } from "./failure.ts";

/** The members that the session classes of both bindings share. */
export interface BoundCore {
  readonly leaves: number;
  offsets(): Float64Array;
  /** Returns where the scalars, the registers and each buffer start, and their bytes: pairs, -1 and 0 where there is no memory. */
  places(): Float64Array;
  run(phase: number): void;
}

/** A session over a binding; subclasses end it. */
export abstract class BoundSession<Core extends BoundCore> implements Session {
  readonly #leaves: number;
  readonly #offsets: Float64Array;
  readonly #scalars: Float64Array;
  readonly #registers: Float64Array;
  readonly #buffers: readonly (Uint8Array | null)[];
  #core: Core | undefined;
  #broken: GradloomError | undefined;

  /** @param next - returns the memory of the next place that is not empty */
  constructor(core: Core, next: () => ArrayBuffer) {
    const places = core.places();
    const views = Array.from({ length: places.length / 2 }, (_, i) => {
      const [start, bytes] = places.subarray(2 * i, 2 * i + 2) as unknown as [number, number];
      if (start < 0) return null;
      return bytes > 0 ? new Uint8Array(next(), start, bytes) : new Uint8Array();
    });
    const [scalars, registers] = views
      .splice(0, 2)
      .map((view) => new Float64Array(view!.buffer, view!.byteOffset, view!.length / 8));
    this.#core = core;
    this.#leaves = core.leaves;
    this.#offsets = core.offsets();
    this.#scalars = scalars as Float64Array;
    this.#registers = registers as Float64Array;
    this.#buffers = views;
  }

  /** Frees the memory of the binding's session. */
  protected abstract free(core: Core): void;

  buffer(index: number): Uint8Array | null {
    this.open();
    return this.#buffers[index] ?? null;
  }

  scalars(): Float64Array {
    this.open();
    return this.#scalars;
  }

  registers(): Float64Array {
    this.open();
    return this.#registers;
  }

  offset(buffer: number, leaf: number): number {
    this.open();
    return this.#offsets[buffer * this.#leaves + leaf] ?? -1;
  }

  run(phase: number): void {
    this.use((core) => core.run(phase));
  }

  close(): void {
    const core = this.#core;
    this.#core = undefined;
    if (core) this.free(core);
  }

  /** Returns the binding's session. Throws where it is closed or broken. */
  protected open(): Core {
    if (this.#core === undefined) {
      throw engineError("DISPOSED", "the session is closed.");
    }
    if (this.#broken) throw this.#broken;
    return this.#core;
  }

  /** Calls the binding. An INTERNAL error breaks the session, since its memory may be half written. */
  protected use<T>(body: (core: Core) => T): T {
    const core = this.open();
    try {
      return body(core);
    } catch (error) {
      const failure = toGradloomError(error);
      if (failure.code === "INTERNAL") this.#broken = failure;
      throw failure;
    }
  }
}
