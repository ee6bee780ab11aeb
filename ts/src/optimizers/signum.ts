import { chain } from "../combine/chain.ts";
import { define } from "../define.ts";
import { decay, dtype, maybe, scalarOrSchedule } from "../options.ts";
import { ema } from "../transforms/ema.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import { scaleBySign } from "../transforms/scale-by-sign.ts";
import type { ScalarOrSchedule } from "../types.ts";

/**
 * Gradient descent by the signs of the momentum: m = beta*m + (1-beta)*g; u = -learningRate * sign(m).
 *
 * @param learningRate - a number, or a schedule of the step
 * @example
 * const tx = gl.signum(1e-3, { beta: 0.95 });
 * @see Bernstein et al. 2018, https://arxiv.org/abs/1802.04434
 */
export const signum = define(
  "signum",
  { learningRate: scalarOrSchedule(0) },
  {
    /** Decay of the momentum, in [0, 1]. */
    beta: decay(0.9),
    /** Storage of the momentum, by default that of the parameters. */
    accumulatorDtype: maybe(dtype),
  },
  ({ beta, accumulatorDtype }, learningRate: ScalarOrSchedule) =>
    chain(ema(beta, { debias: false, accumulatorDtype }), scaleBySign(), scaleByLearningRate(learningRate)),
);
