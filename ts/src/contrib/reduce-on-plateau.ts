import { define } from "../define.ts";
import { GradloomError } from "../error.ts";
import { extraNumber } from "../kernels/extra-number.ts";
import { host, kernels } from "../kernels/kernels.ts";
import { safeIncrement } from "../kernels/safe-increment.ts";
import { type Parsed, real } from "../options.ts";
import type { ExtraArgs } from "../plan/transformation.ts";

/** The state of the search for a plateau. */
export interface ReduceLROnPlateauState {
  /** The factor of the updates. */
  readonly scale: number;
  /** The least average so far. */
  readonly bestValue: number;
  /** Averages in a row that were no improvement. */
  readonly plateauCount: number;
  /** Averages still to be ignored after a reduction. */
  readonly cooldownCount: number;
  /** Values in the current average. */
  readonly count: number;
  readonly avgValue: number;
}

const COUNT = { min: 0, integer: true };

const OPTIONS = {
  /** The factor for the scale on a plateau, in (0, 1). */
  factor: real(0.1, { above: 0, below: 1 }),
  /** The number of averages without improvement that are a plateau. */
  patience: real(10, COUNT),
  /** Relative part of an improvement, in [0, 1]. */
  rtol: real(1e-4, { min: 0, max: 1 }),
  /** Absolute part of an improvement; at least 0, and greater than 0 where `rtol` is 0. */
  atol: real(0, { min: 0 }),
  /** The number of averages to ignore after a reduction. */
  cooldown: real(0, COUNT),
  /** The number of values in an average. */
  accumulationSize: real(1, { min: 1, integer: true }),
  /** The scale never falls below this. */
  minScale: real(0, { min: 0 }),
};

type Options = Parsed<typeof OPTIONS>;

/** Returns the value below which an average is an improvement of the best one so far. */
const thresholdOf = (best: number, { rtol, atol }: Options): number =>
  Number.isFinite(best) ? (1 - Math.sign(best) * rtol) * best - atol : best;

/** Returns the state of the search after one more average. */
const judge = (state: ReduceLROnPlateauState, options: Options): ReduceLROnPlateauState => {
  const { scale, bestValue, plateauCount, cooldownCount, avgValue } = state;
  const improved = avgValue < thresholdOf(bestValue, options);
  const next = { ...state, count: 0, avgValue: 0, bestValue: improved ? avgValue : bestValue };
  if (cooldownCount > 0) return { ...next, plateauCount: 0, cooldownCount: cooldownCount - 1 };
  const waited = improved ? 0 : safeIncrement(plateauCount);
  const flat = waited === options.patience;
  return {
    ...next,
    plateauCount: flat ? 0 : waited,
    scale: Math.max(flat ? scale * options.factor : scale, options.minScale),
    cooldownCount: flat ? options.cooldown : 0,
  };
};

const after = (state: ReduceLROnPlateauState, value: number, options: Options): ReduceLROnPlateauState => {
  const count = safeIncrement(state.count);
  const gathered = { ...state, count, avgValue: (state.count * state.avgValue + value) / count };
  return count === options.accumulationSize ? judge(gathered, options) : gathered;
};

/**
 * Scales updates down when the loss stops falling: u * scale, where scale *= factor on each plateau.
 *
 * The loss comes as the extra argument `value`. The mean of `accumulationSize` values is an improvement where it is below
 * best - rtol * |best| - atol; `patience` means in a row without one are a plateau, after which `cooldown` means are ignored.
 * Optax has (1 - rtol) * best, which for a negative loss is above the best one and takes a worse loss for an improvement.
 *
 * @throws GradloomError `EXTRA_ARGUMENT_REQUIRED` in `update` without `value`, `INVALID_HYPERPARAMETER` where it is not finite
 * @example
 * const tx = gl.chain(gl.adam(1e-3), gl.contrib.reduceOnPlateau({ factor: 0.5, patience: 2 }));
 * const params = { w: new Float32Array([1]) };
 * let state = tx.init(params);
 * for (const value of [1, 1, 1]) [, state] = tx.update(params, state, params, { value });
 * console.log(state[1].scale); // 0.5
 */
export const reduceOnPlateau = define("reduceOnPlateau", {}, OPTIONS, (options) => {
  if (options.rtol === 0 && options.atol === 0) {
    throw new GradloomError("INVALID_HYPERPARAMETER", "one of rtol and atol must be greater than 0.", {
      path: "reduceOnPlateau.rtol",
      remedy: "Set rtol or atol to a number greater than 0.",
    });
  }
  const next = (state: object, extra: ExtraArgs | undefined): ReduceLROnPlateauState =>
    after(state as ReduceLROnPlateauState, extraNumber("reduceOnPlateau", extra, "value"), options);
  return kernels<ReduceLROnPlateauState>({
    name: "reduceOnPlateau",
    type: "ReduceLROnPlateauState",
    state: {
      scale: host(1),
      bestValue: host(Number.POSITIVE_INFINITY),
      plateauCount: host(0),
      cooldownCount: host(0),
      count: host(0),
      avgValue: host(0),
    },
    steps: [
      { map: "scale", scalars: { stepSize: (state, extra) => next(state, extra).scale } },
      { advance: next },
    ],
  });
});
