import { chain } from "../combine/chain.ts";
import { maskOption } from "../combine/mask.ts";
import { define } from "../define.ts";
import { maybe, scalarOrSchedule } from "../options.ts";
import { addDecayedWeights } from "../transforms/add-decayed-weights.ts";
import { ADADELTA_OPTIONS, scaleByAdadelta } from "../transforms/scale-by-adadelta.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import type { ScalarOrSchedule } from "../types.ts";

/**
 * Adadelta: steps in the ratio of past updates to past gradients.
 *
 * g' = g + weightDecay*p; G = rho*G + (1-rho)*g'²; d = sqrt(X + eps) / sqrt(G + eps) * g'; X = rho*X + (1-rho)*d²;
 * u = -learningRate * d.
 *
 * @param learningRate - a number, or a schedule of the step; without one u is d, which ascends
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.adadelta(1);
 * const params = { w: new Float32Array([1]) };
 * const [updates] = tx.update({ w: new Float32Array([5]) }, tx.init(params), params);
 * console.log(updates.w[0].toFixed(4)); // -0.0032
 * @see Zeiler 2012, https://arxiv.org/abs/1212.5701
 */
export const adadelta = define(
  "adadelta",
  { learningRate: maybe(scalarOrSchedule(0)) },
  {
    ...ADADELTA_OPTIONS,
    /** Strength of the weight decay, which is added to the gradient; a number, or a schedule of the step. */
    weightDecay: scalarOrSchedule(0),
    /** True where weights decay; by default everywhere. */
    weightDecayMask: maybe(maskOption),
  },
  ({ rho, eps, weightDecay, weightDecayMask }, learningRate?: ScalarOrSchedule | null) =>
    chain(
      addDecayedWeights({ weightDecay, mask: weightDecayMask }),
      scaleByAdadelta({ rho, eps }),
      scaleByLearningRate(learningRate ?? null),
    ),
);
