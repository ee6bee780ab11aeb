import type { Bind } from "../plan/transformation.ts";

/** Everything that is needed to resume training, in its own arrays: `TrainState.create({ ...snapshot, tx })` resumes on any engine. */
export interface Snapshot<P, S> {
  readonly params: P;
  readonly optState: Bind<S, P>;
  /** The number of steps taken. */
  readonly step: number;
}
