import { define } from "../define.ts";
import { kernels } from "../kernels/kernels.ts";
import { real } from "../options.ts";
import type { EmptyState } from "../plan/transformation.ts";
import { axes, unitAxes } from "./unit-axes.ts";

/**
 * Clips each unit's gradient to a fraction of the norm of that unit's parameters.
 *
 * Per unit (a column of a matrix; a whole vector): m = clipping * max(norm(p), eps); the result is u where norm(u) < m, else
 * u * m / max(norm(u), 1e-6). The unit's norm is over axis 0 of two- and three-dimensional leaves, over all but the last axis
 * of larger ones, and over everything in vectors.
 *
 * @param clipping - at least 0, which makes all updates zero
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.chain(gl.adaptiveGradClip(0.01), gl.sgd(0.1));
 * @see Brock et al. 2021, https://arxiv.org/abs/2102.06171
 */
export const adaptiveGradClip = define(
  "adaptiveGradClip",
  { clipping: real(0.01, { min: 0 }) },
  {
    /** Least norm of a unit's parameters. */
    eps: real(1e-3, { min: 0 }),
    /** Axes of the norm, in place of those derived from the shape. */
    axis: axes,
  },
  ({ eps, axis }, clipping: number) =>
    kernels<EmptyState>({
      name: "adaptiveGradClip",
      steps: [
        {
          leafwise: "adaptive_grad_clip",
          scalars: { clipping, eps },
          axes: (shape) => unitAxes(shape, axis, "adaptiveGradClip.axis"),
        },
      ],
    }),
);
