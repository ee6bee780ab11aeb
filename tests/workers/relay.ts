import type * as gl from "../../ts/src/entry/node.ts";

/** A small model. */
export type Model = { layers: { kernel: Float32Array }[]; scale: Float64Array };
export type ModelSnapshot = gl.Snapshot<Model, never>;

/** What a thread is asked to do: to take steps of one of several models. */
export interface Task {
  readonly engine: string;
  readonly model: number;
  readonly steps: number;
  readonly snapshot: ModelSnapshot;
}

type Library = Pick<typeof gl, "adamw" | "chain" | "clipByGlobalNorm" | "linearSchedule" | "TrainState">;

const optimizer = (lib: Library) =>
  lib.chain(
    lib.clipByGlobalNorm(1),
    lib.adamw(lib.linearSchedule(0.1, 0, 30), { muDtype: "bfloat16" }),
  ) as unknown as gl.GradientTransformation<never>;

/** Returns the gradients of a step: other ones for every step and model. */
const gradientsOf = ({ layers, scale }: Model, step: number, model: number): Model => {
  const at = (x: number, i: number): number => 0.1 * x + Math.fround(((step * 7 + i * 3 + model) % 11) - 5);
  return { layers: layers.map(({ kernel }) => ({ kernel: kernel.map(at) })), scale: scale.map(at) };
};

const advance = (
  train: gl.TrainState<Model, never>,
  { steps, model }: Pick<Task, "steps" | "model">,
): ModelSnapshot => {
  for (let k = 0; k < steps; k++) {
    train.applyGradients(gradientsOf(train.params as Model, train.step, model));
  }
  return train.snapshot();
};

/** Returns the snapshot of a model before its first step. */
export const begin = (lib: Library, size: number): ModelSnapshot => {
  const params: Model = {
    layers: [1, 2].map((layer) => ({
      kernel: Float32Array.from({ length: size }, (_, i) => layer / (i + 1)),
    })),
    scale: Float64Array.of(1, -2),
  };
  return lib.TrainState.create({ params, tx: optimizer(lib) }).snapshot();
};

/** Takes the steps of a task from its snapshot, and returns the snapshot after them. */
export const relay = (lib: Library, task: Task): ModelSnapshot => {
  using train = lib.TrainState.create({ ...task.snapshot, tx: optimizer(lib), engine: task.engine });
  return advance(train, task);
};
