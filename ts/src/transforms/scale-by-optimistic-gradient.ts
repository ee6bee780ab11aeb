import { define } from "../define.ts";
import { host, kernels, slot } from "../kernels/kernels.ts";
import { real } from "../options.ts";
import type { ParamsLike } from "../plan/transformation.ts";

/** Whether this is the first step, and the gradient of the last step. */
export interface ScaleByOptimisticGradientState {
  readonly isInitialStep: boolean;
  readonly previousGradient: ParamsLike;
}

/** The options of `scaleByOptimisticGradient` and of the optimizers made from it. */
export const OPTIMISM_OPTIONS = {
  /** Weight of the gradient. */
  alpha: real(1),
  /** Weight of the change of the gradient since the last step. */
  beta: real(1),
};

/**
 * Looks ahead by how the gradient has changed: (alpha + beta) * u - beta * g, with g the gradient of the last step; in the first
 * step g = u.
 *
 * @example
 * const tx = gl.scaleByOptimisticGradient();
 * const state = tx.init({ w: new Float32Array(1) });
 * const [, next] = tx.update({ w: new Float32Array([1]) }, state);
 * console.log(tx.update({ w: new Float32Array([3]) }, next)[0].w[0]); // 5
 * @see Mokhtari et al. 2019, https://arxiv.org/abs/1901.08511
 */
export const scaleByOptimisticGradient = define(
  "scaleByOptimisticGradient",
  {},
  OPTIMISM_OPTIONS,
  ({ alpha, beta }) =>
    kernels<ScaleByOptimisticGradientState>({
      name: "scaleByOptimisticGradient",
      type: "ScaleByOptimisticGradientState",
      state: { isInitialStep: host(true, () => false), previousGradient: slot() },
      steps: [
        {
          map: "scale_by_optimistic_gradient",
          scalars: {
            alphaPlusBeta: alpha + beta,
            beta,
            started: ({ isInitialStep }) => (isInitialStep ? 0 : 1),
          },
        },
      ],
    }),
);
