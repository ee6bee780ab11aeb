import { chain } from "../combine/chain.ts";
import { define } from "../define.ts";
import { sgd } from "../optimizers/sgd.ts";
import { maybe, real } from "../options.ts";
import type { GradientTransformation } from "../plan/transformation.ts";
import { warmupConstantSchedule } from "../schedules/warmup-constant-schedule.ts";
import { addDecayedWeights } from "../transforms/add-decayed-weights.ts";
import type { ScalarOrSchedule } from "../types.ts";
import { learningRateOr } from "./learning-rate.ts";
import { SCHEDULE_FREE_OPTIONS, scheduleFree } from "./schedule-free.ts";

/** The options of `scheduleFreeSgd` and `scheduleFreeAdamw`. */
export const WARMUP_OPTIONS = {
  /** Steps over which the learning rate rises from 0; none by default. */
  warmupSteps: maybe(real(0, { min: 0, integer: true })),
  ...SCHEDULE_FREE_OPTIONS,
};

/** Returns the learning rate, or a schedule that warms up to it. */
export const warmedUp = (learningRate: number, warmupSteps: number | null): ScalarOrSchedule =>
  warmupSteps === null ? learningRate : warmupConstantSchedule(0, learningRate, warmupSteps);

/**
 * Schedule-free stochastic gradient descent, see `scheduleFree`.
 *
 * @param learningRate - a number, 1 by default
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.contrib.scheduleFreeSgd(0.5, { warmupSteps: 10 });
 * @see Defazio et al. 2024, https://arxiv.org/abs/2405.15682
 */
export const scheduleFreeSgd = define(
  "scheduleFreeSgd",
  { learningRate: learningRateOr(1) },
  {
    ...WARMUP_OPTIONS,
    /** Strength of the weight decay, multiplied by the learning rate; none by default. */
    weightDecay: maybe(real(0)),
  },
  ({ warmupSteps, weightDecay, ...options }, learningRate?: number) => {
    const rate = warmedUp(learningRate as number, warmupSteps);
    const descent: GradientTransformation = sgd(rate);
    const base = weightDecay === null ? descent : chain(addDecayedWeights({ weightDecay }), descent);
    return scheduleFree(base, rate, options);
  },
);
