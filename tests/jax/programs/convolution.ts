import { lax, nn, numpy as np, random } from "@jax-js/jax";
import { crossEntropy, digits } from "./digits.ts";
import type { Program } from "./program.ts";

type Params = { first: np.Array; second: np.Array; bias: np.Array; dense: np.Array; out: np.Array };

const normal = (seed: number, shape: number[], inputs: number): np.Array =>
  random.normal(random.key(seed), shape).mul(Math.sqrt(2 / inputs));

/** Two convolutions that halve the image, and a dense layer, on digits. */
export const convolution: Program<Params> = {
  name: "a convolution on digits",
  init: () => ({
    first: normal(1, [8, 1, 4, 4], 16),
    second: normal(2, [16, 8, 3, 3], 72),
    bias: np.zeros([16, 1, 1]),
    dense: normal(3, [16 * 6 * 6, 10], 16 * 36),
    out: np.zeros([10]),
  }),
  loss: ({ first, second, bias, dense, out }, pixels, labels) => {
    const image = pixels.reshape([-1, 1, 28, 28]);
    const a = nn.relu(lax.conv(image, first, [2, 2], "VALID"));
    const b = nn.relu(lax.conv(a, second, [2, 2], "VALID").add(bias));
    return crossEntropy(np.dot(b.reshape([-1, 16 * 6 * 6]), dense).add(out), labels);
  },
  batch: (step) => digits(step, 2),
  steps: 16,
  falls: 2,
};
