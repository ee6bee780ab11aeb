import { chain } from "../combine/chain.ts";
import { maskOption } from "../combine/mask.ts";
import { define } from "../define.ts";
import { decay, dtype, flag, maybe, real, scalarOrSchedule } from "../options.ts";
import type { GradientTransformation } from "../plan/transformation.ts";
import type { DType } from "../pytree/dtype.ts";
import { addDecayedWeights } from "../transforms/add-decayed-weights.ts";
import { clipByBlockRms } from "../transforms/clip-by-block-rms.ts";
import { ema } from "../transforms/ema.ts";
import { scale } from "../transforms/scale.ts";
import { minDimSizeToFactor, scaleByFactoredRms } from "../transforms/scale-by-factored-rms.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import { scaleByParamBlockRms } from "../transforms/scale-by-param-block-rms.ts";
import type { ScalarOrSchedule } from "../types.ts";

/**
 * Adafactor: a second moment in rows and columns, clipped updates, and steps relative to the size of the parameters.
 *
 * u = -(ema(rms(p) * learningRate * clip(factored(g))) + weightDecayRate * p), see `scaleByFactoredRms`; parts that an
 * option switches off have no state either.
 *
 * @param learningRate - a number, or a schedule of the step; null leaves it out. Much larger than Adam's, as it is relative
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.adafactor(0.01, { momentum: 0.9 });
 * @see Shazeer & Stern 2018, https://arxiv.org/abs/1804.04235
 */
export const adafactor = define(
  "adafactor",
  { learningRate: maybe(scalarOrSchedule(0)) },
  {
    /** A leaf is factored where two of its dimensions have at least this size. */
    minDimSizeToFactor,
    /** The exponent with which the decay of the second moment approaches 1; at least 0. */
    decayRate: real(0.8, { min: 0 }),
    /** The step at which a fine-tuning phase starts. */
    decayOffset: real(0, { min: 0, integer: true }),
    /** Whether steps are relative to the root mean square of each leaf's parameters. */
    multiplyByParameterScale: flag(true),
    /** The largest root mean square of a leaf's scaled update, at least 0; null does not clip. */
    clippingThreshold: { ...maybe(real(1, { min: 0 })), default: 1 as number | null },
    /** Decay of the momentum, in [0, 1]; null keeps none. */
    momentum: maybe(decay(0)),
    /** Storage of the momentum. */
    dtypeMomentum: { ...dtype, default: "float32" as DType },
    /** Strength of the weight decay, not multiplied by the learning rate; a number, or a schedule of the step. */
    weightDecayRate: maybe(scalarOrSchedule(0)),
    /** Added to the squares of gradients; at least 0. */
    eps: real(1e-30, { min: 0 }),
    /** Whether large matrices are factored. */
    factored: flag(true),
    /** True where weights decay; by default everywhere. */
    weightDecayMask: maybe(maskOption),
  },
  (options, learningRate: ScalarOrSchedule | null) => {
    const { clippingThreshold, momentum, weightDecayRate: weightDecay, weightDecayMask: mask } = options;
    const { factored, decayRate, decayOffset: stepOffset, eps: epsilon, minDimSizeToFactor } = options;
    const members: GradientTransformation[] = [
      scaleByFactoredRms({ factored, decayRate, stepOffset, minDimSizeToFactor, epsilon }),
    ];
    if (clippingThreshold !== null) members.push(clipByBlockRms(clippingThreshold));
    if (learningRate !== null) members.push(scaleByLearningRate(learningRate, { flipSign: false }));
    if (options.multiplyByParameterScale) members.push(scaleByParamBlockRms());
    if (momentum !== null) {
      members.push(ema(momentum, { debias: false, accumulatorDtype: options.dtypeMomentum }));
    }
    if (weightDecay !== null) members.push(addDecayedWeights({ weightDecay, mask }));
    return chain(...members, scale(-1));
  },
);
