import { chain } from "../combine/chain.ts";
import { type Mask, maskOption } from "../combine/mask.ts";
import { maybe, real } from "../options.ts";
import type { GradientTransformation } from "../plan/transformation.ts";
import { addDecayedWeights } from "../transforms/add-decayed-weights.ts";
import { identity } from "../transforms/identity.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import type { ScalarOrSchedule } from "../types.ts";

/** The options of weight decay that is part of the gradient. */
export const OPTIONAL_DECAY = {
  /** Adds this multiple of the parameters to the gradients; none by default. */
  weightDecay: maybe(real(0)),
  /** True where weights decay; by default everywhere. */
  mask: maybe(maskOption),
};

interface OptionalDecay {
  readonly weightDecay: number | null;
  readonly mask: Mask | null;
}

/** Chains weight decay of the gradients, where there is one, a scaling and a learning rate. */
export const parameterFree = <S>(
  scaling: GradientTransformation<S>,
  learningRate: ScalarOrSchedule,
  { weightDecay, mask }: OptionalDecay,
) => {
  const decay: GradientTransformation =
    weightDecay === null ? identity() : addDecayedWeights({ weightDecay, mask });
  return chain(decay, scaling, scaleByLearningRate(learningRate));
};
