import { flag, maybe, type OptionsOf, type Parsed, parse, real } from "../options.ts";
import { power } from "../portable/power.ts";
import type { Schedule } from "../types.ts";
import { invalid, requireFinite } from "./arguments.ts";

/** The options of every schedule that ends in an exponential decay. */
export const DECAY_OPTIONS = {
  /** The steps before the decay begins; below 0 counts as 0. */
  transitionBegin: real(0),
  /** Decay in jumps, by whole powers of the rate. */
  staircase: flag(false),
  /** The least value where the rate is below 1, the greatest elsewhere; no limit by default. */
  endValue: maybe(real(0)),
};

export type ExponentialDecayOptions = OptionsOf<typeof DECAY_OPTIONS>;

/** Checks the arguments, with errors in `owner`'s name, and makes the schedule. */
export const exponential = (
  owner: string,
  initValue: number,
  transitionSteps: number,
  decayRate: number,
  options: Parsed<typeof DECAY_OPTIONS>,
): Schedule => {
  requireFinite(owner, { transitionSteps, decayRate });
  const { transitionBegin, staircase, endValue } = options;
  if (decayRate < 0 && !staircase) {
    throw invalid(
      `${owner}.decayRate`,
      "a negative rate has no power between whole steps.",
      "Use a rate of 0 or more, or { staircase: true }.",
    );
  }
  if (transitionSteps <= 0 || decayRate === 0) return () => initValue;
  const begin = Math.max(transitionBegin, 0);
  const bound = decayRate < 1 ? Math.max : Math.min;
  return (count) => {
    const elapsed = count - begin;
    const exponent = staircase ? Math.floor(elapsed / transitionSteps) : elapsed / transitionSteps;
    const value = elapsed <= 0 ? initValue : initValue * power(decayRate, exponent);
    return endValue === null ? value : bound(value, endValue);
  };
};

/**
 * Exponential decay, or growth where the rate is above 1.
 *
 * value(t) = init * rate^((t - begin) / steps), and init until t = begin
 *
 * @param transitionSteps - the steps in which the value is multiplied once by the rate; at 0 or less it stays at
 * `initValue`
 * @param decayRate - at 0 the value stays at `initValue`; below 0 it needs `staircase`
 * @throws GradloomError INVALID_HYPERPARAMETER if an argument is not a finite number
 * @example
 * const rate = gl.exponentialDecay(1, 10, 0.5, { endValue: 0.2 });
 * rate(10); // 0.5
 * rate(90); // 0.2
 * @category schedules
 */
export const exponentialDecay = (
  initValue: number,
  transitionSteps: number,
  decayRate: number,
  options?: ExponentialDecayOptions,
): Schedule => {
  const owner = "exponentialDecay";
  requireFinite(owner, { initValue });
  return exponential(owner, initValue, transitionSteps, decayRate, parse(owner, DECAY_OPTIONS, options));
};
