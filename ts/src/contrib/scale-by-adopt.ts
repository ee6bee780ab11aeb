import { define } from "../define.ts";
import type { Numbers } from "../kernels/kernel-step.ts";
import { count, kernels, slot } from "../kernels/kernels.ts";
import { decay, dtype, type Field, flag, maybe, real, schedule } from "../options.ts";
import type { ScaleByAdamState } from "../transforms/scale-by-adam.ts";
import type { Schedule } from "../types.ts";

const clipValueFn: Field<Schedule> = { ...schedule, default: (count) => Math.sqrt(Math.sqrt(count)) };

/** The options of `scaleByAdopt` and `adopt`. */
export const ADOPT_OPTIONS = {
  /** Decay of the first moment, in [0, 1]. */
  b1: decay(0.9),
  /** Decay of the second moment, in [0, 1]. */
  b2: decay(0.9999),
  /** The least divisor; greater than 0. */
  eps: real(1e-6, { above: 0 }),
  /** Storage of the first moment, by default that of the parameters. */
  muDtype: maybe(dtype),
  /** Nesterov's look-ahead. */
  nesterov: flag(false),
  /** Whether scaled gradients are clipped. */
  useClipping: flag(true),
  /** A function of the step that returns the greatest magnitude of a scaled gradient; by default the fourth root of the step. */
  clipValueFn,
};

/** Returns a rate with another value at the first step. */
const after =
  (first: number, rate: number) =>
  ({ count: steps }: Numbers): number =>
    steps === 0 ? first : rate;

/**
 * Scales updates by the second moment before this step, as ADOPT does, which converges with any `b2`.
 *
 * m = b1*m + (1-b1)*clip(u / max(sqrt(v), eps), clipValueFn(t-1)); the result is m; then v = b2*v + (1-b2)*u². The first step only
 * sets v = u².
 *
 * @example
 * const tx = gl.chain(gl.contrib.scaleByAdopt({ clipValueFn: (count) => count ** 0.5 }), gl.scale(-1e-3));
 * @see Taniguchi et al. 2024, https://arxiv.org/abs/2411.02853
 */
export const scaleByAdopt = define(
  "scaleByAdopt",
  {},
  ADOPT_OPTIONS,
  ({ b1, b2, eps, muDtype, nesterov, useClipping, clipValueFn }) =>
    kernels<ScaleByAdamState>({
      name: "scaleByAdopt",
      type: "ScaleByAdamState",
      state: { count: count(), mu: slot({ dtype: muDtype }), nu: slot() },
      steps: [
        {
          map: nesterov ? "scale_by_adopt_nesterov" : "scale_by_adopt",
          scalars: {
            b1: after(1, b1),
            oneMinusB1: after(0, 1 - b1),
            b2: after(0, b2),
            oneMinusB2: after(1, 1 - b2),
            eps,
            clip: useClipping
              ? ({ count }, _, schedules) => schedules.at(clipValueFn, count as number)
              : Number.POSITIVE_INFINITY,
          },
        },
      ],
    }),
);
