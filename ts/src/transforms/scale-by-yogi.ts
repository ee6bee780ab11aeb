import { define } from "../define.ts";
import { count, kernels, slot } from "../kernels/kernels.ts";
import { real } from "../options.ts";
import { MOMENT_OPTIONS, momentScalars } from "./moments.ts";
import type { ScaleByAdamState } from "./scale-by-adam.ts";

/** The options of `yogi`. */
export const YOGI_OPTIONS = {
  b1: MOMENT_OPTIONS.b1,
  b2: MOMENT_OPTIONS.b2,
  /** Added outside the root; at least 0. */
  eps: real(1e-3, { min: 0 }),
};

/**
 * Scales updates by running moments, as Yogi does: the second one moves by a step that does not depend on its own size.
 *
 * m = b1*m + (1-b1)*u; v = v - (1-b2)*sign(v-u²)*u²; the result is (m/(1-b1^t)) / (sqrt(v/(1-b2^t) + epsRoot) + eps). Both moments
 * start at `initialAccumulatorValue`.
 *
 * @example
 * const tx = gl.chain(gl.scaleByYogi(), gl.scale(-1e-2));
 * @see Zaheer et al. 2018, Adaptive methods for nonconvex optimization
 */
export const scaleByYogi = define(
  "scaleByYogi",
  {},
  {
    ...YOGI_OPTIONS,
    epsRoot: MOMENT_OPTIONS.epsRoot,
    /** The initial value of both moments; at least 0. */
    initialAccumulatorValue: real(1e-6, { min: 0 }),
  },
  ({ initialAccumulatorValue: initial, ...rates }) => {
    const { b2: _, ...scalars } = momentScalars(rates);
    return kernels<ScaleByAdamState>({
      name: "scaleByYogi",
      type: "ScaleByAdamState",
      state: { count: count(), mu: slot({ initial }), nu: slot({ initial }) },
      steps: [{ map: "scale_by_yogi", scalars }],
    });
  },
);
