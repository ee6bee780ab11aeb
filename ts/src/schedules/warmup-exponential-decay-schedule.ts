import { parse } from "../options.ts";
import type { Schedule } from "../types.ts";
import { requireFinite } from "./arguments.ts";
import { DECAY_OPTIONS, type ExponentialDecayOptions, exponential } from "./exponential-decay.ts";
import { join } from "./join-schedules.ts";
import { polynomial } from "./polynomial-schedule.ts";

export type WarmupExponentialDecayScheduleOptions = ExponentialDecayOptions;

/**
 * A line up to the peak, then exponential decay.
 *
 * t < warmup: value(t) = init + (peak - init) * t / warmup
 *
 * after: value(t) = peak * rate^((t - warmup - begin) / steps), and peak until t = warmup + begin
 *
 * @param transitionSteps - the steps in which the value is multiplied once by the rate
 * @throws GradloomError INVALID_HYPERPARAMETER if an argument is not a finite number
 * @example
 * const rate = gl.warmupExponentialDecaySchedule(0, 1, 10, 20, 0.5);
 * rate(5); // 0.5
 * rate(10); // 1
 * rate(30); // 0.5
 * @category schedules
 */
export const warmupExponentialDecaySchedule = (
  initValue: number,
  peakValue: number,
  warmupSteps: number,
  transitionSteps: number,
  decayRate: number,
  options?: WarmupExponentialDecayScheduleOptions,
): Schedule => {
  const owner = "warmupExponentialDecaySchedule";
  requireFinite(owner, { initValue, peakValue, warmupSteps });
  const decay = exponential(
    owner,
    peakValue,
    transitionSteps,
    decayRate,
    parse(owner, DECAY_OPTIONS, options),
  );
  return join([polynomial(initValue, peakValue, 1, warmupSteps, 0), decay], [warmupSteps]);
};
