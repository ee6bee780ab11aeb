import * as tf from "@tensorflow/tfjs-core";
import type { Digits } from "./data.ts";
import { crossEntropy } from "./tensorflow.ts";

// A perceptron with two hidden layers: 235 146 parameters in six variables.
const LAYERS = { dense1: [784, 256], dense2: [256, 128], dense3: [128, 10] } as const;

/** The kernel and the bias of each layer, the first layer first. */
export type Model = tf.Variable[];

/** Draws weights by He initialisation. */
export const createModel = (seed: number): Model =>
  Object.entries(LAYERS).flatMap(([name, [inputs, outputs]], index) => {
    const kernel = tf.randomNormal([inputs, outputs], 0, Math.sqrt(2 / inputs), "float32", seed + index);
    return [
      tf.variable(kernel, true, `${name}/kernel`),
      tf.variable(tf.zeros([outputs]), true, `${name}/bias`),
    ];
  });

/** Returns the loss on a batch. */
export const lossOf = (model: Model, { images, labels }: Digits): tf.Scalar =>
  crossEntropy(logits(model, images), labels);

/** Returns the share of digits that are recognised. */
export const accuracy = (model: Model, { images, labels }: Digits): number =>
  tf.tidy(() => {
    const predicted = tf.argMax(logits(model, images), 1).dataSync();
    const right = labels.dataSync().filter((label, row) => label === predicted[row]);
    return right.length / labels.size;
  });

const logits = (model: Model, images: tf.Tensor2D): tf.Tensor2D => {
  const dense = (layer: number, x: tf.Tensor) =>
    tf.add(tf.matMul(x, model[2 * layer]!), model[2 * layer + 1]!);
  const hidden1 = tf.relu(dense(0, images));
  const hidden2 = tf.relu(dense(1, hidden1));
  return dense(2, hidden2) as tf.Tensor2D;
};
