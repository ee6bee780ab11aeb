import type { TransformationDescription } from "../plan/description.ts";
import type { Bind } from "../plan/transformation.ts";
import type { OptionDifference } from "./compare-chains.ts";
import type { Metadata } from "./format.ts";

/** What a checkpoint tells besides the state of training. */
export interface CheckpointNotes {
  readonly chain: TransformationDescription | null;
  readonly metadata: Metadata;
  readonly differences: readonly OptionDifference[];
}

/**
 * A saved state of training: `gl.TrainState.create({ ...checkpoint, tx })` resumes from it, on any engine. Spreading it takes the
 * parameters, the state and the step along, and leaves out what `create` does not know.
 *
 * @example
 * import { load, save } from "gradloom/safetensors";
 * const tx = gl.adam(0.1);
 * const train = gl.TrainState.create({ params: { w: new Float32Array([1]) }, tx });
 * train.applyGradients({ w: new Float32Array([2]) });
 * const checkpoint = load(save(train), { tx });
 * const resumed = gl.TrainState.create({ ...checkpoint, tx });
 * console.log(resumed.step, checkpoint.chain.name); // 1 adam
 */
// biome-ignore lint/suspicious/noExplicitAny: what a file holds is known when it is read
export class Checkpoint<P = any, S = any> {
  readonly params: P;
  readonly optState: Bind<S, P>;
  /** The number of steps taken. */
  readonly step: number;
  readonly #notes: CheckpointNotes;

  /** @internal */
  constructor(params: P, optState: Bind<S, P>, step: number, notes: CheckpointNotes) {
    this.params = params;
    this.optState = optState;
    this.step = step;
    this.#notes = notes;
  }

  /** The description of the optimizer that wrote it; null where that was not known. */
  get chain(): TransformationDescription | null {
    return this.#notes.chain;
  }

  /** The texts that were saved with it. */
  get metadata(): Metadata {
    return this.#notes.metadata;
  }

  /** The options that differ between the optimizer that wrote it and the one given to `load`: they take effect, state is kept. */
  get differences(): readonly OptionDifference[] {
    return this.#notes.differences;
  }
}
