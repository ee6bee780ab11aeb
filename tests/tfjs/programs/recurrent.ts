import * as tf from "@tensorflow/tfjs";
import type { Program } from "./program.ts";

const TEXT = "the quick brown fox jumps over the lazy dog. ";
const ALPHABET = [...new Set(TEXT)].sort();
const LENGTH = 6;

/** Returns rows with a one in the place of each character. */
const oneHot = (text: string): number[][] =>
  [...text].map((character) => ALPHABET.map((letter) => (letter === character ? 1 : 0)));

/** Returns the windows of the text, and the character after each. */
const windows = (): { x: tf.Tensor3D; y: tf.Tensor2D } => {
  const starts = Array.from({ length: TEXT.length - LENGTH }, (_, start) => start);
  return {
    x: tf.tensor3d(starts.map((start) => oneHot(TEXT.slice(start, start + LENGTH)))),
    y: tf.tensor2d(oneHot(TEXT.slice(LENGTH))),
  };
};

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
