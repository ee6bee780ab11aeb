import { setImmediate } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs-core";
import { toTfOptimizer } from "gradloom/tfjs";
import { batches, type Digits } from "./data.ts";
import { accuracy, createModel, lossOf } from "./model.ts";
import type { Progress } from "./progress.ts";
import type { Recipe } from "./recipes.ts";

/** The length of a run, the size of its batches and the seed of its random numbers. */
export interface Plan {
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly batchSize: number;
  readonly seed: number;
}

/** The results of a run. */
export interface Run {
  readonly recipe: string;
  /** The share of the digits held out that is recognised, between 0 and 1. */
  readonly accuracy: number;
  readonly losses: Curve;
  readonly accuracies: Curve;
  /** The median time of an update, in microseconds. */
  readonly updateMicros: number;
  /** The median time of an update as a share of the whole training step. */
  readonly updateShare: number;
}

export type Curve = { epoch: number; value: number }[];

const LOSSES_PER_EPOCH = 4;

/** Trains the model with one recipe, always from the same start. Rejects when the signal aborts. */
export const trainWith = async (
  recipe: Recipe,
  digits: { train: Digits; heldOut: Digits },
  plan: Plan,
  progress: Progress,
  signal: AbortSignal,
): Promise<Run> => {
  const model = createModel(plan.seed);
  const optimizer = toTfOptimizer(recipe.tx);
  const losses: Curve = [];
  const accuracies: Curve = [{ epoch: 0, value: accuracy(model, digits.heldOut) }];
  const stepMillis: number[] = [];
  const updateMillis: number[] = [];
  let recent: number[] = [];

  for (let epoch = 1; epoch <= plan.epochs; epoch++) {
    for (const batch of batches(digits.train, plan.batchSize, plan.seed + epoch)) {
      const start = performance.now();
      const { value, grads } = optimizer.computeGradients(() => lossOf(model, batch));
      const loss = value.dataSync()[0]!;
      const gradsReady = performance.now();
      optimizer.applyGradients(grads);
      const end = performance.now();
      tf.dispose([value, grads]);

      stepMillis.push(end - start);
      updateMillis.push(end - gradsReady);
      recent.push(loss);
      if (recent.length >= plan.stepsPerEpoch / LOSSES_PER_EPOCH) {
        losses.push({ epoch: optimizer.iterations / plan.stepsPerEpoch, value: mean(recent) });
        recent = [];
      }
      if (optimizer.iterations % plan.stepsPerEpoch === 0) {
        accuracies.push({ epoch, value: accuracy(model, digits.heldOut) });
      }
      progress.update(optimizer.iterations, losses.at(-1)?.value ?? loss, accuracies.at(-1)!.value);
      await setImmediate(undefined, { signal }); // lets Ctrl-C and the progress bar run
    }
  }

  optimizer.dispose();
  tf.dispose(model);
  return {
    recipe: recipe.name,
    accuracy: accuracies.at(-1)!.value,
    losses,
    accuracies,
    updateMicros: 1000 * median(updateMillis),
    updateShare: median(updateMillis) / median(stepMillis),
  };
};

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;
