import { chain } from "../combine/chain.ts";
import { define } from "../define.ts";
import { real } from "../options.ts";
import { scale } from "../transforms/scale.ts";
import { RPROP_OPTIONS, scaleByRprop } from "../transforms/scale-by-rprop.ts";

/**
 * Rprop: each element has a step size of its own, adapted by the signs of its gradients; for full batches.
 *
 * u = -rprop(g), with rprop as in `scaleByRprop`: as in Optax, an update comes one step after the gradient it stems from.
 *
 * @param learningRate - the first step size, a number greater than 0
 * @example
 * const tx = gl.rprop(0.01);
 * @see Riedmiller & Braun 1993, A direct adaptive method for faster backpropagation learning
 */
export const rprop = define(
  "rprop",
  { learningRate: real(0.01, { above: 0 }) },
  RPROP_OPTIONS,
  (options, learningRate: number) => chain(scaleByRprop(learningRate, options), scale(-1)),
);
