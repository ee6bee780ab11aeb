import type { GradloomError } from "../error.ts";
import type { Session } from "./engine.ts";
import { engineError, toGradloomError } from "./failure.ts";

/** The members that the session classes of both bindings share. */
export interface BoundCore {
  readonly leaves: number;
  offsets(): Float64Array;
  run(phase: number): void;
}

/** A session over a binding; subclasses give access to its memory. */
export abstract class BoundSession<Core extends BoundCore> implements Session {
  readonly #leaves: number;
  readonly #offsets: Float64Array;
  #core: Core | undefined;
  #broken: GradloomError | undefined;

  constructor(core: Core) {
    this.#core = core;
    this.#leaves = core.leaves;
    this.#offsets = core.offsets();
  }

  abstract buffer(index: number): Uint8Array | null;
  abstract scalars(): Float64Array;
  abstract registers(): Float64Array;

  offset(buffer: number, leaf: number): number {
    this.open();
    return this.#offsets[buffer * this.#leaves + leaf] ?? -1;
  }

  run(phase: number): void {
    this.use((core) => core.run(phase));
  }

  close(): void {
    this.release();
  }

  /** Releases the binding's session, once. */
  protected release(free?: (core: Core) => void): void {
    const core = this.#core;
    this.#core = undefined;
    if (core && !this.#broken) free?.(core);
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
