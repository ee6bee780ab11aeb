import type { Bind } from "../plan/transformation.ts";

/** Parameters, the optimizer's state and the step count, in new arrays: `TrainState.create({ ...snapshot, tx })` resumes on any engine. */
export interface Snapshot<P, S> {
  readonly params: P;
  readonly optState: Bind<S, P>;
  /** The number of steps taken. */
  readonly step: number;
}

/**
 * The key of the method of a `TrainState` that returns what `snapshot` copies, live: until the next step it is the same.
 *
 * @internal
 */
export const LIVE: unique symbol = Symbol.for("gradloom.live");
