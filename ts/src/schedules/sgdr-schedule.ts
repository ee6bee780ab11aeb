import type { Schedule } from "../types.ts";
import { invalid } from "./arguments.ts";
import { join } from "./join-schedules.ts";
import { type WarmupCosineDecayScheduleOptions, warmupCosineDecay } from "./warmup-cosine-decay-schedule.ts";

/** One cycle: the arguments of `warmupCosineDecaySchedule`. */
export interface SgdrCycle extends WarmupCosineDecayScheduleOptions {
  readonly initValue: number;
  readonly peakValue: number;
  readonly warmupSteps: number;
  /** The length of the cycle, warmup included. */
  readonly decaySteps: number;
}

/**
 * SGD with warm restarts: cosine decay cycles with warmup, one after the other.
 *
 * cycle i is warmupCosineDecaySchedule(cycle_i) and starts at step decay_0 + … + decay_(i-1)
 *
 * @param cosineKwargs - the cycles, at least one
 * @throws GradloomError INVALID_HYPERPARAMETER if there is no cycle or one of its numbers is not finite or out of range
 * @example
 * const rate = gl.sgdrSchedule([
 *   { initValue: 0, peakValue: 1, warmupSteps: 10, decaySteps: 100 },
 *   { initValue: 0, peakValue: 0.5, warmupSteps: 10, decaySteps: 200 },
 * ]);
 * rate(10); // 1
 * rate(110); // 0.5
 * @see Loshchilov & Hutter 2017, SGDR, https://arxiv.org/abs/1608.03983
 * @category schedules
 */
export const sgdrSchedule = (cosineKwargs: Iterable<SgdrCycle>): Schedule => {
  const path = "sgdrSchedule.cosineKwargs";
  const iterable =
    typeof cosineKwargs === "object" && cosineKwargs !== null && Symbol.iterator in cosineKwargs;
  const cycles = iterable ? [...cosineKwargs] : [];
  if (cycles.length === 0)
    throw invalid(path, "there are no cycles.", "Pass an array of at least one cycle.");
  const schedules: Schedule[] = [];
  const boundaries: number[] = [];
  let step = 0;
  for (const [i, cycle] of cycles.entries()) {
    if (typeof cycle !== "object" || cycle === null) {
      throw invalid(
        `${path}[${i}]`,
        "this is no cycle.",
        "Write { initValue, peakValue, warmupSteps, decaySteps }.",
      );
    }
    const { initValue, peakValue, warmupSteps, decaySteps, ...options } = cycle;
    schedules.push(
      warmupCosineDecay(`${path}[${i}]`, initValue, peakValue, warmupSteps, decaySteps, options),
    );
    step += decaySteps;
    boundaries.push(step);
  }
  return join(schedules, boundaries.slice(0, -1));
};
