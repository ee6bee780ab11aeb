import { chain } from "../combine/chain.ts";
import { type Mask, maskOption } from "../combine/mask.ts";
import { maybe, scalarOrSchedule } from "../options.ts";
import type { GradientTransformation } from "../plan/transformation.ts";
import { addDecayedWeights } from "../transforms/add-decayed-weights.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import type { ScalarOrSchedule } from "../types.ts";

/** The options of decoupled weight decay. */
export const DECAY_OPTIONS = {
  /** Strength of the weight decay, multiplied by the learning rate; a number, or a schedule of the step. */
  weightDecay: scalarOrSchedule(0),
  /** True where weights decay; by default everywhere. */
  mask: maybe(maskOption),
};

interface Decay {
  readonly learningRate: ScalarOrSchedule;
  readonly weightDecay: ScalarOrSchedule;
  readonly mask: Mask | null;
}

/** Chains a scaling of updates, decoupled weight decay and a learning rate. */
export const decayed = <S>(scaling: GradientTransformation<S>, { learningRate, ...decay }: Decay) =>
  chain(scaling, addDecayedWeights(decay), scaleByLearningRate(learningRate));
