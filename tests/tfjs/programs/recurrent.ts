import * as tf from "@tensorflow/tfjs";
import type { Program } from "./program.ts";

const TEXT = "the quick brown fox jumps over the lazy dog. ";
const ALPHABET = [...new Set(TEXT)].sort();
const LENGTH = 6;

/** Returns the windows of the text, and the character after each. */
const windows = (): { x: tf.Tensor3D; y: tf.Tensor2D } =>
  tf.tidy(() => {
    const codes = [...TEXT].map((character) => ALPHABET.indexOf(character));
    const starts = codes.slice(LENGTH).map((_, i) => i);
    const inputs = starts.map((start) => codes.slice(start, start + LENGTH));
    const size = ALPHABET.length;
    return {
      x: tf.oneHot(tf.tensor2d(inputs, undefined, "int32"), size) as tf.Tensor3D,
      y: tf.oneHot(tf.tensor1d(codes.slice(LENGTH), "int32"), size) as tf.Tensor2D,
    };
  });

/** An LSTM that learns which character comes next. */
export const recurrent: Program = async (newOptimizer) => {
  const { x, y } = windows();
  const model = tf.sequential({
    layers: [
      tf.layers.lstm({
        inputShape: [LENGTH, ALPHABET.length],
        units: 10,
        kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
        recurrentInitializer: tf.initializers.orthogonal({ seed: 2 }),
      }),
      tf.layers.dense({
        units: ALPHABET.length,
        activation: "softmax",
        kernelInitializer: tf.initializers.glorotUniform({ seed: 3 }),
      }),
    ],
  });
  const optimizer = newOptimizer();
  model.compile({ optimizer, loss: "categoricalCrossentropy" });
  const losses: number[] = [];
  for (let step = 0; step < 6; step++) losses.push((await model.trainOnBatch(x, y)) as number);
  model.dispose();
  optimizer.dispose();
  tf.dispose([x, y]);
  return losses;
};
