import { define } from "../define.ts";
import type { Numbers } from "../kernels/kernel-step.ts";
import { count, kernels, slot } from "../kernels/kernels.ts";
import { flag, real } from "../options.ts";
import { wholePower } from "../portable/whole-power.ts";
import { MOMENT_OPTIONS, momentScalars, nesterovScalars } from "./moments.ts";
import type { ScaleByAdamState } from "./scale-by-adam.ts";

/** The options of `scaleByRadam` and `radam`. */
export const RADAM_OPTIONS = {
  ...MOMENT_OPTIONS,
  /** Decay of the second moment, in [0, 1). */
  b2: real(0.999, { min: 0, below: 1 }),
  /** Length of the average from which on the second moment is used; at least 4, below which its variance is not defined. */
  threshold: real(5, { min: 4 }),
  /** Nesterov's look-ahead, as in NAdam. */
  nesterov: flag(false),
};

const NOT_YET = -1;

/** Returns the factor that corrects for the variance of the second moment. */
const rectification = (b2: number, threshold: number) => {
  const limit = 2 / (1 - b2) - 1;
  return ({ count }: Numbers): number => {
    const t = (count as number) + 1;
    const left = wholePower(b2, t);
    const length = limit - (2 * t * left) / (1 - left);
    if (length < threshold) return NOT_YET;
    return Math.sqrt(((length - 4) * (length - 2) * limit) / ((limit - 4) * (limit - 2) * length));
  };
};

/**
 * Scales updates by running moments, as RAdam does: the second one is left out until it averages enough steps.
 *
 * m and v as in `scaleByAdam`; L = 2/(1-b2) - 1; l = L - 2t*b2^t/(1-b2^t). Where l >= threshold the result is
 * r * (m/(1-b1^t)) / (sqrt(v/(1-b2^t) + epsRoot) + eps) with r = sqrt((l-4)*(l-2)*L / ((L-4)*(L-2)*l)), else m/(1-b1^t).
 *
 * @example
 * const tx = gl.chain(gl.scaleByRadam(), gl.scale(-1e-3));
 * @see Liu et al. 2019, https://arxiv.org/abs/1908.03265
 */
export const scaleByRadam = define("scaleByRadam", {}, RADAM_OPTIONS, ({ threshold, ...rates }) => {
  const rectify = rectification(rates.b2, threshold);
  return kernels<ScaleByAdamState>({
    name: "scaleByRadam",
    type: "ScaleByAdamState",
    state: { count: count(), mu: slot(), nu: slot() },
    steps: [
      rates.nesterov
        ? { map: "scale_by_radam_nesterov", scalars: { ...nesterovScalars(rates), rectify } }
        : { map: "scale_by_radam", scalars: { ...momentScalars(rates), rectify } },
    ],
  });
});
