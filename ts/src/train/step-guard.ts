import { GradloomError } from "../error.ts";

/** The text of the error for a call during a step. */
export interface BusyText {
  readonly message: string;
  readonly remedy: string;
}

/** The step counter of a training state, which also refuses calls during a step and after `dispose`. */
export class StepGuard {
  readonly #busyText: BusyText;
  #step: number;
  #busy = false;
  #disposed = false;

  constructor(step: number, busyText: BusyText) {
    this.#step = step;
    this.#busyText = busyText;
  }

  /** The number of steps taken. */
  get step(): number {
    return this.#step;
  }

  /** Counts a step that has succeeded. */
  count(): void {
    this.#step += 1;
  }

  refuseBusy(): void {
    if (!this.#busy) return;
    const { message, remedy } = this.#busyText;
    throw new GradloomError("STEP_IN_PROGRESS", message, { path: "TrainState", remedy });
  }

  refuseDisposed(): void {
    if (!this.#disposed) return;
    throw new GradloomError("DISPOSED", "this TrainState has been disposed of.", {
      path: "TrainState",
      remedy: "Create another one.",
    });
  }

  /** Runs a body; calls during it are refused. */
  during<T>(body: () => T): T {
    this.#busy = true;
    try {
      return body();
    } finally {
      this.#busy = false;
    }
  }

  /** Runs an asynchronous body; calls until it is done are refused. */
  async duringAsync<T>(body: () => Promise<T>): Promise<T> {
    this.#busy = true;
    try {
      return await body();
    } finally {
      this.#busy = false;
    }
  }

  /** Refuses all calls from now on. Throws during a step. */
  dispose(): void {
    this.refuseBusy();
    this.#disposed = true;
  }
}
