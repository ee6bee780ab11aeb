import * as tf from "@tensorflow/tfjs";
import { loadDigits } from "./digits.ts";
import type { Program } from "./program.ts";

/** A perceptron with one hidden layer on digits, by `model.fit`. */
export const perceptron: Program = async (newOptimizer) => {
  const { images, labels } = loadDigits(16);
  const x = images.reshape([images.shape[0], 196]);
  const model = tf.sequential({
    layers: [
      tf.layers.dense({
        inputShape: [196],
        units: 32,
        activation: "relu",
        kernelInitializer: tf.initializers.heNormal({ seed: 1 }),
      }),
      tf.layers.dense({
        units: 10,
        activation: "softmax",
        kernelInitializer: tf.initializers.glorotNormal({ seed: 2 }),
      }),
    ],
  });
  const optimizer = newOptimizer();
  model.compile({ optimizer, loss: "categoricalCrossentropy" });
  const losses: number[] = [];
  const onBatchEnd = (_: number, logs?: tf.Logs): void => {
    losses.push(logs?.loss as number);
  };
  await model.fit(x, labels, {
    epochs: 3,
    batchSize: 32,
    shuffle: false,
    yieldEvery: "never",
    callbacks: { onBatchEnd },
  });
  model.dispose();
  optimizer.dispose();
  tf.dispose([images, labels, x]);
  return losses;
};
