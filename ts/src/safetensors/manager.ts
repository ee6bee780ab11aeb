import { GradloomError } from "../error.ts";
import {
  flag,
  func,
  MOST_INTEGER,
  maybe,
  type OptionsOf,
  oneOf,
  type Parsed,
  parse,
  real,
  required,
} from "../options.ts";
import { isPlainObject, join } from "../pytree/tree-def.ts";
import { show } from "../show.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { metadataField } from "./format.ts";
import { type LoadOptions, load } from "./load.ts";
import { pathOf } from "./node-files.ts";
import { type DeviceSaveable, type Saveable, saveAt } from "./save.ts";
import { shardSize } from "./shards.ts";
import { type Metrics, StepFolders } from "./step-folders.ts";

const STEP = real(0, { min: 0, integer: true, max: MOST_INTEGER });

const OPTIONS = {
  /** The number of the latest checkpoints that are kept; by default all. The best one is kept besides. */
  maxToKeep: maybe(real(1, { min: 1, integer: true })),
  /** `save` writes only steps that are multiples of this number; the first call always does. */
  saveIntervalSteps: real(1, { min: 1, integer: true }),
  /** Checkpoints whose step is a multiple of this number are never removed. */
  keepPeriod: maybe(real(1, { min: 1, integer: true })),
  /** Returns how good a checkpoint is, given the metrics that it was saved with: the best is kept. */
  bestFn: maybe(func<(metrics: Metrics) => number>("a function of the metrics")),
  /** Whether the best checkpoint is the one with the greatest or the least result of `bestFn`. */
  bestMode: oneOf(["max", "min"], "max"),
  /** Make the directory where it is missing. */
  create: flag(true),
  /** The most bytes of tensors in one file, a number or a text such as "5GB": more are divided into several files with an index. */
  maxShardSize: shardSize,
};

const noMetrics = (given: unknown, path: string): GradloomError =>
  new GradloomError("INVALID_HYPERPARAMETER", `got ${show(given)}.`, {
    path,
    remedy: "Pass an object of numbers, such as { loss: 0.1 }.",
  });

const SAVE_OPTIONS = {
  /** Numbers that tell how good the checkpoint is, such as `{ loss: 0.1 }`. */
  metrics: maybe<Metrics>({
    check: (value, path) => {
      if (!isPlainObject(value)) throw noMetrics(value, path);
      for (const [name, number] of Object.entries(value))
        if (typeof number !== "number") throw noMetrics(number, join(path, name));
      return value as Metrics;
    },
  }),
  /** Save whatever the interval is. */
  force: flag(false),
  /** Texts that the file carries as well. */
  metadata: metadataField,
};

/** The options of a `CheckpointManager`. */
export type CheckpointManagerOptions = OptionsOf<typeof OPTIONS>;
/** The options of `CheckpointManager.save`. */
export type ManagedSaveOptions = OptionsOf<typeof SAVE_OPTIONS>;

const missing = (path: string, message: string): GradloomError =>
  new GradloomError("FILE_UNAVAILABLE", message, { path, remedy: "Look at allSteps()." });

/**
 * Checkpoints of one run in a directory, one folder for each step, with the habits of Orbax's `CheckpointManager`: it keeps the last ones and
 * the best one. A program that is killed at any moment leaves complete checkpoints only; what it was writing is removed by the next manager
 * that writes. One manager at a time writes a directory; others may read it, and see what is new after `reload`.
 *
 * @example
 * import { CheckpointManager } from "gradloom/safetensors";
 * const tx = gl.adam(0.1);
 * const manager = new CheckpointManager("checkpoints", { maxToKeep: 2, saveIntervalSteps: 100, bestFn: ({ loss }) => -loss });
 * const params = { w: new Float32Array([1]) };
 * const start = manager.latestStep() === null ? { params } : await manager.restore(undefined, { tx });
 * const train = gl.TrainState.create({ ...start, tx });
 * train.applyGradients({ w: new Float32Array([2]) });
 * await manager.save(train.step, train, { metrics: { loss: 0.5 } });
 * console.log(manager.latestStep(), manager.bestStep()); // 1 1
 * await manager.close();
 */
export class CheckpointManager {
  /** The path of the directory. */
  readonly directory: string;
  readonly #options: Parsed<typeof OPTIONS>;
  readonly #folders: StepFolders;
  /** The steps that are being written. */
  readonly #pending = new Set<number>();
  /** The end of the last call that changes the directory: they take turns. */
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  /**
   * Opens a directory of checkpoints of one run, and removes what a program that was killed has left there.
   *
   * @param directory - made where it is missing, unless `create` is false
   * @throws GradloomError `FILE_UNAVAILABLE` where the system cannot read it
   */
  constructor(directory: string | URL, options?: CheckpointManagerOptions) {
    this.directory = pathOf(directory, "CheckpointManager");
    this.#options = parse("CheckpointManager", OPTIONS, options, ["directory"]);
    this.#folders = new StepFolders(this.directory, this.#options.create);
  }

  /** Returns the steps that are saved, the earliest first. */
  allSteps(): number[] {
    return this.#folders.steps();
  }

  /** Returns the last step that is saved, null where there is none. */
  latestStep(): number | null {
    return this.allSteps().at(-1) ?? null;
  }

  /**
   * Returns the step that `bestFn` finds best, null where there is none with metrics. Of equal ones it is the later.
   *
   * @throws GradloomError `INVALID_HYPERPARAMETER` where the manager has no `bestFn`
   */
  bestStep(): number | null {
    if (this.#options.bestFn === null) {
      throw new GradloomError("INVALID_HYPERPARAMETER", "it is not said what is best.", {
        path: "CheckpointManager.bestFn",
        remedy: "Make the manager with { bestFn: ({ loss }) => -loss }.",
      });
    }
    return this.#best(this.#options.bestFn);
  }

  /** Returns the metrics that a step was saved with, null where it had none. */
  metrics(step: number): Metrics | null {
    this.#refuseMissing(step);
    return this.#folders.metrics(step);
  }

  /** Returns whether `save` would write a step without `force`: the first one, and later multiples of `saveIntervalSteps`. */
  shouldSave(step: number): boolean {
    required("CheckpointManager.shouldSave", "step", STEP, step);
    const latest = Math.max(-1, ...this.allSteps(), ...this.#pending);
    return latest < 0 || (step > latest && step % this.#options.saveIntervalSteps === 0);
  }

  /**
   * Saves a training state as the checkpoint of a step, and removes those that need not be kept. What the state is at the call is saved, as with
   * `save`; training may go on, and the next call need not wait for the promise.
   *
   * @returns whether the step was due, and is saved
   * @throws GradloomError `INVALID_STATE` where the step is saved already; like `save` where it cannot be written; `FILE_UNAVAILABLE` where it
   *   is saved, but former ones could not be removed or `bestFn` has thrown
   */
  async save(step: number, train: Saveable | DeviceSaveable, options?: ManagedSaveOptions): Promise<boolean> {
    this.#refuseClosed();
    required("CheckpointManager.save", "step", STEP, step);
    const { metrics, force, metadata } = parse("CheckpointManager.save", SAVE_OPTIONS, options, [
      "step",
      "train",
    ]);
    if (!force && !this.shouldSave(step)) return false;
    if (this.#pending.has(step) || this.allSteps().includes(step)) {
      throw new GradloomError("INVALID_STATE", `step ${step} is saved already.`, {
        path: this.directory,
        remedy: "Call delete(step) before.",
      });
    }
    this.#pending.add(step);
    const { maxShardSize } = this.#options;
    const written = this.#folders.write(step, metrics, (file) =>
      saveAt(file, train, { metadata, maxShardSize }),
    );
    written.catch(() => {}); // It is awaited when its turn comes.
    try {
      await this.#inTurn(async () => {
        const publish = await written;
        await publish();
        await this.#removeOld().catch((cause: Error) => {
          throw new GradloomError(
            "FILE_UNAVAILABLE",
            `step ${step} is saved, but former ones could not be removed: ${cause.message}`,
            { path: this.directory, remedy: "Mend that, and go on: the next save removes them.", cause },
          );
        });
      });
    } finally {
      this.#pending.delete(step);
    }
    return true;
  }

  /**
   * Loads a checkpoint: `gl.TrainState.create({ ...(await manager.restore()), tx })` goes on from the last one.
   *
   * @param step - by default the last one
   * @throws GradloomError `FILE_UNAVAILABLE` where there is none; like `load`
   */
  // biome-ignore lint/suspicious/noExplicitAny: without options nothing is known of the types
  async restore<P = any, S = any>(
    step?: number | null,
    options?: LoadOptions<P, S>,
  ): Promise<Checkpoint<P, S>> {
    if (typeof step === "object" && step !== null) {
      throw new GradloomError("INVALID_HYPERPARAMETER", `got ${show(step)}.`, {
        path: "CheckpointManager.restore.step",
        remedy: "The step comes before the options; null is the last one: restore(null, { tx }).",
      });
    }
    const chosen = step ?? this.latestStep();
    if (chosen === null) throw missing(this.directory, "there is no checkpoint yet.");
    this.#refuseMissing(chosen);
    return load(this.#folders.fileOf(chosen), options);
  }

  /** Removes the checkpoint of a step. */
  async delete(step: number): Promise<void> {
    this.#refuseClosed();
    this.#refuseMissing(step);
    await this.#inTurn(() => this.#folders.remove(step));
  }

  /** Looks for checkpoints that another program has written since. */
  reload(): void {
    this.#folders.reload();
  }

  /** Waits until all calls are done and everything is on the disk. Errors are those of the promises that `save` and `delete` return. */
  async waitUntilFinished(): Promise<void> {
    await this.#last;
  }

  /** Waits like `waitUntilFinished`, and refuses to write from now on. Calling it again is harmless. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.waitUntilFinished();
  }

  /** Runs a body after all others that change the directory. */
  #inTurn(body: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(body);
    this.#last = turn.catch(() => {});
    return turn;
  }

  #refuseClosed(): void {
    if (!this.#closed) return;
    throw new GradloomError("DISPOSED", "this CheckpointManager is closed.", {
      path: this.directory,
      remedy: "Make another one.",
    });
  }

  #refuseMissing(step: number): void {
    if (!this.allSteps().includes(step))
      throw missing(this.directory, `there is no checkpoint of step ${show(step)}.`);
  }

  #best(quality: (metrics: Metrics) => number): number | null {
    const sign = this.#options.bestMode === "max" ? 1 : -1;
    let best: { readonly step: number; readonly value: number } | undefined;
    for (const step of this.allSteps()) {
      const metrics = this.#folders.metrics(step);
      const value = metrics === null ? Number.NaN : sign * quality(metrics);
      if (value >= (best?.value ?? Number.NEGATIVE_INFINITY)) best = { step, value };
    }
    return best?.step ?? null;
  }

  async #removeOld(): Promise<void> {
    const { maxToKeep, keepPeriod, bestFn } = this.#options;
    if (maxToKeep === null) return;
    const best = bestFn === null ? null : this.#best(bestFn);
    for (const step of this.allSteps().slice(0, -maxToKeep)) {
      const isKept = step === best || (keepPeriod !== null && step % keepPeriod === 0);
      if (!isKept) await this.#folders.remove(step);
    }
  }
}
