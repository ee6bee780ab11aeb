import { chain } from "../combine/chain.ts";
import { define } from "../define.ts";
import { flag, maybe, real, scalarOrSchedule } from "../options.ts";
import { identity } from "../transforms/identity.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import { RMS_OPTIONS, scaleByRms } from "../transforms/scale-by-rms.ts";
import { scaleByStddev } from "../transforms/scale-by-stddev.ts";
import { trace } from "../transforms/trace.ts";
import type { ScalarOrSchedule } from "../types.ts";

/**
 * RMSProp: steps divided by the root of the moving average of squared gradients, optionally with momentum.
 *
 * v = decay*v + (1-decay)*g²; u = momentum*u - learningRate * g / sqrt(v + eps). With `centered`, v - m² stands for v, where m is the
 * moving average of gradients. Momentum gathers steps that the learning rate has already scaled.
 *
 * @param learningRate - a number, or a schedule of the step
 * @example
 * const tx = gl.rmsprop(1e-3, { decay: 0.99, momentum: 0.9 });
 * @see Tieleman & Hinton 2012, Lecture 6.5 of Neural Networks for Machine Learning; Graves 2013, https://arxiv.org/abs/1308.0850
 */
export const rmsprop = define(
  "rmsprop",
  { learningRate: scalarOrSchedule(0) },
  {
    ...RMS_OPTIONS,
    /** Divide by the root of the variance rather than of the average of squares. */
    centered: flag(false),
    /** Decay of the momentum, in [0, 1]; none by default. */
    momentum: maybe(real(0, { min: 0, max: 1 })),
    /** Nesterov's look-ahead. */
    nesterov: flag(false),
  },
  ({ centered, momentum, nesterov, ...rms }, learningRate: ScalarOrSchedule) =>
    chain(
      centered ? scaleByStddev(rms) : scaleByRms(rms),
      scaleByLearningRate(learningRate),
      momentum === null ? identity() : trace(momentum, { nesterov }),
    ),
);
