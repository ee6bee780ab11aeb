import { nn, numpy as np, random } from "@jax-js/jax";
import { crossEntropy, digits } from "./digits.ts";
import type { Program } from "./program.ts";

const SIZES = [784, 64, 32, 10];

type Layer = { w: np.Array; b: np.Array };

/** A perceptron with two hidden layers that reads digits. */
export const perceptron: Program<Layer[]> = {
  name: "a perceptron on digits",
  init: () =>
    SIZES.slice(1).map((outputs, i) => {
      const inputs = SIZES[i] as number;
      const w = random.normal(random.key(i), [inputs, outputs]).mul(Math.sqrt(2 / inputs));
      return { w, b: np.zeros([outputs]) };
    }),
  loss: (layers, pixels, labels) => {
    const logits = layers.reduce((x, { w, b }, i) => np.dot(i > 0 ? nn.relu(x) : x, w).add(b), pixels);
    return crossEntropy(logits, labels);
  },
  batch: (step) => digits(step, 6),
  steps: 40,
  falls: 5,
};
