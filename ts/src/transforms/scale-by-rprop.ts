import { define } from "../define.ts";
import { kernels, slot } from "../kernels/kernels.ts";
import { real } from "../options.ts";
import type { ParamsLike } from "../plan/transformation.ts";

/** The size of the next step of each element, and the update that it will give. */
export interface ScaleByRpropState {
  readonly stepSizes: ParamsLike;
  readonly prevUpdates: ParamsLike;
}

/** The options of `scaleByRprop` and `rprop`. */
export const RPROP_OPTIONS = {
  /** The factor for a step where the sign has changed; in (0, 1). */
  etaMinus: real(0.5, { above: 0, below: 1 }),
  /** The factor for a step where the sign is the same; greater than 1. */
  etaPlus: real(1.2, { above: 1 }),
  /** The least step; at least 0. */
  minStepSize: real(1e-6, { min: 0 }),
  /** The largest step; greater than 0. */
  maxStepSize: real(50, { above: 0 }),
};

/**
 * Scales each element's step by the history of the signs of its gradients, as Rprop does.
 *
 * Where u agrees in sign with the stored update r, s = min(s * etaPlus, maxStepSize); where it disagrees,
 * s = max(s * etaMinus, minStepSize). The result is r, or 0 where the sign has changed; then r = s * sign(u), or 0 there too. As in
 * Optax, an update thus comes one step after the gradient it stems from: the first is 0.
 *
 * @param learningRate - the first step size, greater than 0
 * @example
 * const tx = gl.chain(gl.scaleByRprop(0.01), gl.scale(-1));
 * @see Riedmiller & Braun 1993, A direct adaptive method for faster backpropagation learning
 */
export const scaleByRprop = define(
  "scaleByRprop",
  { learningRate: real(0.01, { above: 0 }) },
  RPROP_OPTIONS,
  (scalars, learningRate: number) =>
    kernels<ScaleByRpropState>({
      name: "scaleByRprop",
      type: "ScaleByRpropState",
      state: { stepSizes: slot({ initial: learningRate }), prevUpdates: slot() },
      steps: [{ map: "scale_by_rprop", scalars }],
    }),
);
