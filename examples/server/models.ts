import { mkdir, readdir } from "node:fs/promises";
import type { Metrics } from "./metrics.ts";
import { type Arrays, type Keeping, Model } from "./model.ts";
import { Refusal } from "./refusal.ts";

/** The models of a server, by name. */
export class Models {
  readonly #keeping: Keeping;
  readonly #metrics: Metrics;
  readonly #models = new Map<string, Model>();
  /** The names of models that are being created or removed. */
  readonly #changing = new Set<string>();

  private constructor(keeping: Keeping, metrics: Metrics) {
    this.#keeping = keeping;
    this.#metrics = metrics;
  }

  /** Goes on with every model that has a checkpoint. Rejects where one is damaged: to begin without it would lose it in silence. */
  static async open(keeping: Keeping, metrics: Metrics): Promise<Models> {
    const models = new Models(keeping, metrics);
    await mkdir(keeping.folder, { recursive: true });
    for (const entry of await readdir(keeping.folder, { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const model = await Model.restore(entry.name, keeping, metrics).catch((cause: Error) => {
        throw new Error(`The model ${entry.name} cannot go on: ${cause.message} Or move its folder away.`, {
          cause,
        });
      });
      if (model) models.#models.set(entry.name, model);
    }
    return models;
  }

  /** All models, in the order of their names. */
  all(): readonly Model[] {
    return [...this.#models.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get(name: string): Model {
    const model = this.#models.get(name);
    if (!model) throw new Refusal(404, "UNKNOWN_MODEL", `There is no model ${name}.`);
    return model;
  }

  async create(name: string, recipe: string, params: Arrays): Promise<Model> {
    if (this.#models.has(name) || this.#changing.has(name))
      throw new Refusal(409, "MODEL_EXISTS", `There is a model ${name} already: delete it first.`);
    return this.#change(name, async () => {
      const model = await Model.create(name, recipe, params, this.#keeping, this.#metrics);
      this.#models.set(name, model);
      return model;
    });
  }

  async remove(name: string): Promise<void> {
    const model = this.get(name);
    this.#models.delete(name);
    await this.#change(name, () => model.remove());
  }

  /** Writes a last checkpoint of every model, also where that of another one cannot be written. */
  async close(): Promise<void> {
    const ends = await Promise.allSettled([...this.#models.values()].map((model) => model.close()));
    this.#models.clear();
    const errors = ends.flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
    if (errors.length > 0) throw new AggregateError(errors, "Not all models have a last checkpoint.");
  }

  async #change<T>(name: string, body: () => Promise<T>): Promise<T> {
    this.#changing.add(name);
    try {
      return await body();
    } finally {
      this.#changing.delete(name);
    }
  }
}
