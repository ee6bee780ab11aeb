import * as tf from "@tensorflow/tfjs";
import { loadDigits } from "./digits.ts";
import { type Program, takeNumber } from "./program.ts";

/** A small convolutional network on digits, written with the operations of the core: `optimizer.minimize` over variables. */
export const convolution: Program = async (newOptimizer) => {
  const { images, labels } = loadDigits(2);
  const variable = (name: string, shape: number[], deviation: number, seed: number): tf.Variable =>
    tf.tidy(() => tf.variable(tf.randomNormal(shape, 0, deviation, "float32", seed), true, name));
  const kernel1 = variable("layer1/kernel", [3, 3, 1, 4], 0.4, 1);
  const bias1 = variable("layer1/bias", [4], 0.1, 2);
  const kernel2 = variable("layer2/kernel", [3, 3, 4, 8], 0.2, 3);
  const bias2 = variable("layer2/bias", [8], 0.1, 4);
  const kernel3 = variable("layer3/kernel", [32, 10], 0.2, 5);
  const bias3 = variable("layer3/bias", [10], 0.1, 6);

  const loss = (): tf.Scalar => {
    const layer1 = tf.relu(tf.add(tf.conv2d(images, kernel1 as tf.Tensor4D, 2, "same"), bias1));
    const layer2 = tf.relu(
      tf.add(tf.conv2d(layer1 as tf.Tensor4D, kernel2 as tf.Tensor4D, 2, "same"), bias2),
    );
    const pooled = tf.maxPool(layer2 as tf.Tensor4D, 2, 2, "same").reshape<tf.Tensor2D>([-1, 32]);
    const logits = tf.add(tf.matMul(pooled, kernel3), bias3);
    return tf.losses.softmaxCrossEntropy(labels, logits);
  };
  const optimizer = newOptimizer();
  const losses: number[] = [];
  for (let step = 0; step < 12; step++) {
    losses.push(await takeNumber(optimizer.minimize(loss, true) as tf.Scalar));
  }
  optimizer.dispose();
  tf.dispose([images, labels, kernel1, bias1, kernel2, bias2, kernel3, bias3]);
  return losses;
};
