import { type OptionsOf, parse, real } from "../options.ts";
import { cosine } from "../portable/cosine.ts";
import { power } from "../portable/power.ts";
import type { Schedule } from "../types.ts";
import { requireFinite, requirePositive } from "./arguments.ts";

const OPTIONS = {
  /** The last value as a share of the first. */
  alpha: real(0),
  /** The power of the cosine wave, at least 0. */
  exponent: real(1, { min: 0 }),
};

export type CosineDecayScheduleOptions = OptionsOf<typeof OPTIONS>;

/** Makes the schedule without checking the arguments, which its callers do. */
export const cosineDecay =
  (initValue: number, decaySteps: number, alpha: number, exponent: number): Schedule =>
  (count) => {
    const wave = 0.5 * (1 + cosine((Math.PI * Math.min(count, decaySteps)) / decaySteps));
    return initValue * ((1 - alpha) * power(wave, exponent) + alpha);
  };

/**
 * Half a cosine wave down to a share of the first value, and constant after it.
 *
 * value(t) = init * ((1 - alpha) * ((1 + cos(pi * min(t, steps) / steps)) / 2)^exponent + alpha)
 *
 * @param decaySteps - above 0
 * @throws GradloomError INVALID_HYPERPARAMETER if an argument is not a finite number or out of range
 * @example
 * const rate = gl.cosineDecaySchedule(1, 100, { alpha: 0.1 });
 * rate(50); // 0.55
 * @see Loshchilov & Hutter 2017, SGDR, https://arxiv.org/abs/1608.03983
 * @category schedules
 */
export const cosineDecaySchedule = (
  initValue: number,
  decaySteps: number,
  options?: CosineDecayScheduleOptions,
): Schedule => {
  const owner = "cosineDecaySchedule";
  requireFinite(owner, { initValue });
  requirePositive(owner, { decaySteps });
  const { alpha, exponent } = parse(owner, OPTIONS, options);
  return cosineDecay(initValue, decaySteps, alpha, exponent);
};
