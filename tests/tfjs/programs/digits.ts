import { createRequire } from "node:module";
import * as tf from "@tensorflow/tfjs";

const SIDE = 28;

/** Loads handwritten digits, as many of each class, halved to 14 by 14 pixels, in the order 0, 1, … 9, 0, 1, … */
export const loadDigits = (perClass: number): { images: tf.Tensor4D; labels: tf.Tensor2D } => {
  const require = createRequire(import.meta.url);
  const byClass = Array.from({ length: 10 }, (_, digit): number[] => {
    return require(`mnist/src/digits/${digit}.json`).data.slice(0, perClass * SIDE * SIDE);
  });
  return tf.tidy(() => {
    const images = tf.tensor(byClass.flat(), [10, perClass, SIDE, SIDE]).transpose([1, 0, 2, 3]);
    const count = 10 * perClass;
    const labels = tf.range(0, count, 1, "int32").mod(tf.scalar(10, "int32"));
    return {
      images: tf.avgPool(images.reshape<tf.Tensor4D>([count, SIDE, SIDE, 1]), 2, 2, "valid"),
      labels: tf.oneHot(labels.toInt(), 10).toFloat() as tf.Tensor2D,
    };
  });
};
