import { define } from "../define.ts";
import type { Numbers, Schedules } from "../kernels/kernel-step.ts";
import { count, kernels, scratch, slot } from "../kernels/kernels.ts";

import { type Field, flag, func, type NumericField, real, scheduledValue } from "../options.ts";

import type { ParamsLike } from "../plan/transformation.ts";
import { power as raise } from "../portable/power.ts";

/** Steps so far, and the second moment: its means over two axes, or all of it. Fields that a leaf does not use are a single zero. */
export interface FactoredState {
  readonly count: number;
  readonly vRow: ParamsLike;
  readonly vCol: ParamsLike;
  readonly v: ParamsLike;
}

/** Returns the decay of the second moment at a step, given the step and the decay rate. */
export type DecayRateFn = (count: number, decayRate: number) => number;

/** A leaf is factored where two of its dimensions have at least this size. */
export const minDimSizeToFactor: NumericField<number> = real(128, { min: 1, integer: true });

/** Returns the two largest axes of a shape, the larger last; of two equal ones the later counts as larger. Null where they are too small. */
const factoredAxes = (shape: readonly number[], least: number): [second: number, largest: number] | null => {
  const bySize = shape.map((_, axis) => axis).sort((a, b) => (shape[a] as number) - (shape[b] as number));
  const [second, largest] = bySize.slice(-2);
  if (second === undefined || largest === undefined || (shape[second] as number) < least) return null;
  return [second, largest];
};

const power: DecayRateFn = (step, rate) => 1 - raise(step + 1, -rate);

const decayRateFn: Field<DecayRateFn> = {
  ...func<DecayRateFn>("a function of the step and the decay rate"),
  default: power,
};

const DECAY = { min: 0, max: 1 };

/**
 * Scales by the root of a second moment that keeps only row and column means of large matrices, as Adafactor does.
 *
 * v = d*v + (1-d)*(u² + epsilon); the result is u / sqrt(v). For a factored leaf only r and c are stored, the means of v over its
 * largest and its second largest axis, and v = r*c/mean(r). The decay d is 1 - (t+1)^-decayRate with t = count - stepOffset, and 0 where that is not
 * yet positive: Optax gives NaN for ever there.
 *
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.chain(gl.scaleByFactoredRms({ minDimSizeToFactor: 2 }), gl.scale(-0.01));
 * const state = tx.init({ w: gl.tensor(new Float32Array(6), [2, 3]) });
 * console.log(state[0].vRow.w.shape, state[0].vCol.w.shape); // [2] [3]
 * @see Shazeer & Stern 2018, https://arxiv.org/abs/1804.04235; Zhai et al. 2021, https://arxiv.org/abs/2106.04560
 */
export const scaleByFactoredRms = define(
  "scaleByFactoredRms",
  {},
  {
    /** Whether large matrices are factored. */
    factored: flag(true),
    /** The exponent with which the decay approaches 1; at least 0. */
    decayRate: real(0.8, { min: 0 }),
    /** The step at which a fine-tuning phase starts. */
    stepOffset: real(0, { min: 0, integer: true }),
    /** A leaf is factored where two of its dimensions have at least this size. */
    minDimSizeToFactor,
    /** Added to the squares; at least 0. */
    epsilon: real(1e-30, { min: 0 }),
    /** A function of the step and `decayRate` that returns the decay, in [0, 1]. */
    decayRateFn,
  },
  ({ factored, decayRate, stepOffset, minDimSizeToFactor: least, epsilon, decayRateFn }) => {
    const axesOf = (shape: readonly number[]) => (factored ? factoredAxes(shape, least) : null);
    const rateAt = (step: number): number => decayRateFn(step, decayRate);
    const decay = (state: Numbers, _: unknown, schedules: Schedules): number => {
      const count = state.count as number;
      const rate = schedules.at(rateAt, Math.max(count - stepOffset, 0));
      return scheduledValue(rate, "scaleByFactoredRms.decayRateFn", count, DECAY);
    };
    const isFactored = (shape: readonly number[]): boolean => axesOf(shape) !== null;
    const without = (which: 0 | 1) =>
      slot({
        shape: ({ shape }) => {
          const axes = axesOf(shape);
          return axes ? shape.filter((_, axis) => axis !== axes[which]) : [1];
        },
      });
    /** A scratch slot for factors that are constant along the earlier or the later of the two axes. */
    const factors = (along: "earlier" | "later") =>
      scratch({
        shape: ({ shape }) => {
          const axes = axesOf(shape);
          const lacking = axes && (along === "earlier" ? Math.min(...axes) : Math.max(...axes));
          return axes ? shape.map((size, axis) => (axis === lacking ? 1 : size)) : [1];
        },
      });
    const oneMinusDecay = (...args: Parameters<typeof decay>): number => 1 - decay(...args);
    const scalars = { decay, oneMinusDecay, epsilon };
    return kernels<FactoredState>({
      name: "scaleByFactoredRms",
      type: "FactoredState",
      params: true,
      state: {
        count: count(),
        vRow: without(1),
        vCol: without(0),
        v: slot({ shape: ({ shape }) => (isFactored(shape) ? [1] : shape) }),
        row: factors("later"),
        column: factors("earlier"),
      },
      steps: [
        {
          leafwise: "factored_rms",
          only: isFactored,
          slots: ["vRow", "vCol", "row", "column"],
          axes: (shape) => [...(axesOf(shape) ?? [])].sort((a, b) => a - b),
          scalars,
        },
        { map: "scale_by_factors", only: isFactored, slots: ["row", "column"] },
        { map: "scale_by_unfactored_rms", only: (shape) => !isFactored(shape), slots: ["v"], scalars },
      ],
    });
  },
);
