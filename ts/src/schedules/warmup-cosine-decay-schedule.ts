import { type OptionsOf, parse, real } from "../options.ts";
import type { Schedule } from "../types.ts";
import { invalid, requireFinite } from "./arguments.ts";
import { cosineDecay } from "./cosine-decay-schedule.ts";
import { join } from "./join-schedules.ts";
import { polynomial } from "./polynomial-schedule.ts";

const OPTIONS = {
  /** The value after the decay. */
  endValue: real(0),
  /** The power of the cosine wave, at least 0. */
  exponent: real(1, { min: 0 }),
};

export type WarmupCosineDecayScheduleOptions = OptionsOf<typeof OPTIONS>;

/** Checks the arguments, with errors in `owner`'s name, and makes the schedule. */
export const warmupCosineDecay = (
  owner: string,
  initValue: number,
  peakValue: number,
  warmupSteps: number,
  decaySteps: number,
  options: WarmupCosineDecayScheduleOptions | undefined,
): Schedule => {
  requireFinite(owner, { initValue, peakValue, warmupSteps, decaySteps });
  if (decaySteps <= warmupSteps) {
    throw invalid(
      `${owner}.decaySteps`,
      `${decaySteps} steps leave none after ${warmupSteps} of warmup.`,
      "decaySteps counts the warmup too: make it greater than warmupSteps.",
    );
  }
  const { endValue, exponent } = parse(owner, OPTIONS, options);
  const alpha = peakValue === 0 ? 0 : endValue / peakValue;
  return join(
    [
      polynomial(initValue, peakValue, 1, warmupSteps, 0),
      cosineDecay(peakValue, decaySteps - warmupSteps, alpha, exponent),
    ],
    [warmupSteps],
  );
};

/**
 * A line up to the peak, then half a cosine wave down, and constant after it.
 *
 * t < warmup: value(t) = init + (peak - init) * t / warmup
 *
 * after: s = min((t - warmup) / (decay - warmup), 1);  value(t) = end + (peak - end) * ((1 + cos(pi * s)) / 2)^exponent
 *
 * @param decaySteps - the length of the whole schedule, warmup included; greater than `warmupSteps`
 * @throws GradloomError INVALID_HYPERPARAMETER if an argument is not a finite number or out of range
 * @example
 * const rate = gl.warmupCosineDecaySchedule(0, 1, 10, 110, { endValue: 0.1 });
 * rate(5); // 0.5
 * rate(10); // 1
 * rate(60); // 0.55
 * @see Loshchilov & Hutter 2017, SGDR, https://arxiv.org/abs/1608.03983
 * @category schedules
 */
export const warmupCosineDecaySchedule = (
  initValue: number,
  peakValue: number,
  warmupSteps: number,
  decaySteps: number,
  options?: WarmupCosineDecayScheduleOptions,
): Schedule =>
  warmupCosineDecay("warmupCosineDecaySchedule", initValue, peakValue, warmupSteps, decaySteps, options);
