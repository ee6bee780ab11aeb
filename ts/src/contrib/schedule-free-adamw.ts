import { chain } from "../combine/chain.ts";
import { define } from "../define.ts";
import { decay, real } from "../options.ts";
import { addDecayedWeights } from "../transforms/add-decayed-weights.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import { scaleByRms } from "../transforms/scale-by-rms.ts";
import { learningRateOr } from "./learning-rate.ts";
import { scheduleFree } from "./schedule-free.ts";
import { WARMUP_OPTIONS, warmedUp } from "./schedule-free-sgd.ts";

/**
 * Schedule-free AdamW, see `scheduleFree`: the average replaces the momentum, so there is one moment less to store.
 *
 * @param learningRate - a number, 0.0025 by default
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.contrib.scheduleFreeAdamw(0.0025, { warmupSteps: 100, weightDecay: 1e-4 });
 * @see Defazio et al. 2024, https://arxiv.org/abs/2405.15682
 */
export const scheduleFreeAdamw = define(
  "scheduleFreeAdamw",
  { learningRate: learningRateOr(0.0025) },
  {
    ...WARMUP_OPTIONS,
    /** Decay of the second moment, in [0, 1]. */
    b2: decay(0.999),
    /** Added to the root of the second moment; at least 0. */
    eps: real(1e-8, { min: 0 }),
    /** Strength of the weight decay, multiplied by the learning rate. */
    weightDecay: real(0),
  },
  ({ warmupSteps, b2, eps, weightDecay, ...options }, learningRate?: number) => {
    const rate = warmedUp(learningRate as number, warmupSteps);
    const base = chain(
      scaleByRms({ decay: b2, eps, epsInSqrt: false, biasCorrection: true }),
      addDecayedWeights({ weightDecay }),
      scaleByLearningRate(rate),
    );
    return scheduleFree(base, rate, options);
  },
);
