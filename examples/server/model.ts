import { rm } from "node:fs/promises";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import * as gl from "gradloom";
import { CheckpointManager, serialize } from "gradloom/safetensors";
import type { Metrics } from "./metrics.ts";
import { recipes } from "./recipes.ts";
import { Refusal } from "./refusal.ts";

/** Arrays by name, as a file in the safetensors format has them. */
export type Arrays = Record<string, gl.Tensor>;

/** How a server keeps checkpoints. */
export interface Keeping {
  /** The folder of all models. */
  readonly folder: string;
  /** A checkpoint is written every so many steps. */
  readonly interval: number;
  /** How many checkpoints of a model stay. */
  readonly maxToKeep: number;
}

/** What the page shows of a model. */
export interface Status {
  readonly name: string;
  readonly recipe: string;
  readonly step: number;
  readonly checkpointStep: number;
  readonly parameters: number;
  readonly losses: readonly Loss[];
}

interface Loss {
  readonly step: number;
  readonly loss: number;
}

type State = gl.TrainState<Arrays, unknown>;

/** The longest curve of losses that is kept; it begins anew with every start of the server. */
const MOST_LOSSES = 500;

const transformation = (recipe: string): gl.GradientTransformation => {
  const make = Object.hasOwn(recipes, recipe) ? recipes[recipe] : undefined;
  if (make) return make();
  throw new Refusal(
    400,
    "UNKNOWN_RECIPE",
    `There is no recipe ${recipe}: choose from ${Object.keys(recipes).join(", ")}.`,
  );
};

/** A model in training: its parameters, the state of its optimizer and its checkpoints. */
export class Model {
  readonly name: string;
  readonly recipe: string;
  readonly #train: State;
  readonly #checkpoints: CheckpointManager;
  readonly #keeping: Keeping;
  readonly #metrics: Metrics;
  readonly #losses: Loss[] = [];
  #checkpointStep = -1;
  /** The last checkpoint that was begun, unless it has failed. */
  #begun: { readonly step: number; readonly written: Promise<void> } | undefined;

  private constructor(
    name: string,
    recipe: string,
    train: State,
    checkpoints: CheckpointManager,
    keeping: Keeping,
    metrics: Metrics,
  ) {
    this.name = name;
    this.recipe = recipe;
    this.#train = train;
    this.#checkpoints = checkpoints;
    this.#keeping = keeping;
    this.#metrics = metrics;
    this.#metrics.step.set({ model: name }, train.step);
  }

  /** Starts a new model and writes its first checkpoint, so that a restart finds it. */
  static async create(
    name: string,
    recipe: string,
    params: Arrays,
    keeping: Keeping,
    metrics: Metrics,
  ): Promise<Model> {
    const train = gl.TrainState.create({ params, tx: transformation(recipe) });
    const model = new Model(name, recipe, train, managerOf(name, keeping), keeping, metrics);
    await model.save();
    return model;
  }

  /** Goes on with the last checkpoint of a model; undefined where its first one was never finished. */
  static async restore(name: string, keeping: Keeping, metrics: Metrics): Promise<Model | undefined> {
    const checkpoints = managerOf(name, keeping);
    if (checkpoints.latestStep() === null) return undefined;
    const checkpoint = await checkpoints.restore<Arrays>();
    const { recipe } = checkpoint.metadata;
    const train = gl.TrainState.create({ ...checkpoint, tx: transformation(recipe!) });
    const model = new Model(name, recipe!, train, checkpoints, keeping, metrics);
    model.#saved(train.step);
    return model;
  }

  get step(): number {
    return this.#train.step;
  }

  get status(): Status {
    const { name, recipe, step } = this;
    const parameters = Object.values(this.#train.params).reduce((sum, { data }) => sum + data.length, 0);
    return { name, recipe, step, checkpointStep: this.#checkpointStep, parameters, losses: this.#losses };
  }

  /** Returns the parameters as a file in the safetensors format. */
  parameters(): Uint8Array {
    return serialize(this.#train.params as Arrays, { metadata: { step: String(this.step) } });
  }

  /**
   * Takes a step. Where a checkpoint is due, the promise resolves when it is on the disk: a client that has the answer to a step loses,
   * whatever happens, no more than the steps since the last interval.
   *
   * @param loss - the loss that belongs to the gradients, for the curve and for transformations that need its value
   */
  async applyGradients(grads: Arrays, loss?: number): Promise<void> {
    const start = performance.now();
    this.#train.applyGradients(grads, loss === undefined ? {} : { value: loss });
    const labels = { model: this.name };
    this.#metrics.stepSeconds.observe(labels, (performance.now() - start) / 1000);
    this.#metrics.steps.inc(labels);
    this.#metrics.step.set(labels, this.step);
    if (loss !== undefined) {
      this.#metrics.loss.set(labels, loss);
      this.#losses.push({ step: this.step, loss });
      if (this.#losses.length > MOST_LOSSES) this.#losses.shift();
    }
    if (this.step % this.#keeping.interval === 0) await this.save();
  }

  /** Writes a checkpoint of this moment. The promise resolves when it is on the disk; later steps need not wait for it. */
  save(): Promise<void> {
    const { step } = this;
    if (this.#begun?.step !== step) this.#begun = { step, written: this.#write(step) };
    return this.#begun.written;
  }

  async #write(step: number): Promise<void> {
    if (this.#checkpointStep === step) return;
    const stop = this.#metrics.checkpointSeconds.startTimer({ model: this.name });
    try {
      await this.#checkpoints.save(step, this.#train, { force: true, metadata: { recipe: this.recipe } });
    } catch (error) {
      if (this.#begun?.step === step) this.#begun = undefined;
      throw error;
    }
    stop();
    this.#saved(step);
  }

  #saved(step: number): void {
    this.#checkpointStep = step;
    this.#metrics.checkpointStep.set({ model: this.name }, step);
  }

  /** Writes a last checkpoint and frees the memory. */
  async close(): Promise<void> {
    await this.save();
    await this.#checkpoints.close();
    this.#train.dispose();
  }

  /** Forgets the model and removes its checkpoints. */
  async remove(): Promise<void> {
    await this.#checkpoints.close();
    this.#train.dispose();
    this.#metrics.forget(this.name);
    await rm(folderOf(this.name, this.#keeping), { recursive: true });
  }
}

const folderOf = (name: string, keeping: Keeping): string => join(keeping.folder, name);

const managerOf = (name: string, keeping: Keeping): CheckpointManager =>
  new CheckpointManager(folderOf(name, keeping), { maxToKeep: keeping.maxToKeep });
