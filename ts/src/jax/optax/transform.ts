import type { JsTree, numpy as np } from "@jax-js/jax";
import type { GradientTransformation as HostTransformation } from "../../plan/transformation.ts";
import { addDecayedWeights as decayed } from "../../transforms/add-decayed-weights.ts";
import { clipByGlobalNorm as clipped } from "../../transforms/clip-by-global-norm.ts";
import { scale as scaled } from "../../transforms/scale.ts";
import { scaleByAdam as scaledByAdam } from "../../transforms/scale-by-adam.ts";
import { scaleByLearningRate as scaledByRate } from "../../transforms/scale-by-learning-rate.ts";
import { scaleBySchedule as scheduled } from "../../transforms/scale-by-schedule.ts";
import { trace as traced } from "../../transforms/trace.ts";
import {
  type GradientTransformation,
  identity,
  running,
  type ScalarOrSchedule,
  type Schedule,
} from "./base.ts";
import { maskedDecay } from "./masked-decay.ts";

/** The options of `scaleByAdam`. */
export type ScaleByAdamOptions = {
  /** Decay of the mean of gradients, by default 0.9. */
  b1?: number;
  /** Decay of the mean of squares, by default 0.999. */
  b2?: number;
  /** Added to the denominator, by default 1e-8. */
  eps?: number;
  /** Added to the mean of squares, inside the root, by default 0. */
  epsRoot?: number;
  /** Nesterov's look-ahead, by default false. */
  nesterov?: boolean;
};

/** Makes the mask of a weight decay from a tree of updates, which it consumes. */
export type MaskFn = (tree: JsTree<np.Array>) => JsTree<np.Array>;

/** The options of `addDecayedWeights`. */
export type AddDecayedWeightsOptions = {
  /** The factor, a number or a function of the step; by default 0. */
  weightDecay?: ScalarOrSchedule;
  /** Arrays that the decay of each element is multiplied by, or a function that makes them; by default null, for ones. */
  mask?: JsTree<np.Array> | MaskFn | null;
};

/** The options of `trace`. */
export type TraceOptions = {
  /** The share of the sum that is kept, by default 0.9. */
  decay?: number;
  /** Nesterov's look-ahead, by default false. */
  nesterov?: boolean;
};

/**
 * Scales updates by running moments, as Adam does.
 *
 * @throws GradloomError `INVALID_HYPERPARAMETER` where an option is out of its range
 * @example
 * import { numpy as np } from "@jax-js/jax";
 * import { scaleByAdam } from "gradloom/jax/optax";
 * const solver = scaleByAdam();
 * const [updates] = solver.update(np.array([5, -3]), solver.init(np.zeros([2])));
 * console.log(updates.js()); // [1, -1]
 */
export const scaleByAdam = (opts: ScaleByAdamOptions = {}): GradientTransformation =>
  running(scaledByAdam(opts));

/**
 * Multiplies the updates by a constant.
 *
 * @param stepSize - any finite number
 * @throws GradloomError `INVALID_HYPERPARAMETER` where it is not finite
 * @example
 * import { numpy as np } from "@jax-js/jax";
 * import { scale } from "gradloom/jax/optax";
 * const [updates] = scale(-2).update(np.array([1, 2]), []);
 * console.log(updates.js()); // [-2, -4]
 */
export const scale = (stepSize: number): GradientTransformation => running(scaled(stepSize));

/**
 * Multiplies the updates by a function of the step, which is counted from 0.
 *
 * @param stepSizeFn - returns a finite number
 * @throws GradloomError `INVALID_HYPERPARAMETER` at the step for which it does not
 * @example
 * import { numpy as np } from "@jax-js/jax";
 * import { scaleBySchedule } from "gradloom/jax/optax";
 * const solver = scaleBySchedule((count) => 1 / (count + 2));
 * const [updates] = solver.update(np.array([4]), solver.init(np.zeros([1])));
 * console.log(updates.js()); // [2]
 */
export const scaleBySchedule = (stepSizeFn: Schedule): GradientTransformation =>
  running(scheduled(stepSizeFn));

/**
 * Multiplies the updates by minus the learning rate.
 *
 * @param learningRate - a number, or a function of the step
 * @param flipSign - whether the sign is changed, so that the updates descend; by default true
 * @throws GradloomError `INVALID_HYPERPARAMETER` where the rate is not finite
 * @example
 * import { numpy as np } from "@jax-js/jax";
 * import { scaleByLearningRate } from "gradloom/jax/optax";
 * const [updates] = scaleByLearningRate(0.5).update(np.array([2]), []);
 * console.log(updates.js()); // [-1]
 */
export const scaleByLearningRate = (
  learningRate: ScalarOrSchedule,
  flipSign = true,
): GradientTransformation =>
  learningRate === undefined ? identity() : running(scaledByRate(learningRate, { flipSign }));

/**
 * Scales the updates down where the norm of all of them is greater than a limit.
 *
 * @param maxNorm - the limit, greater than 0
 * @throws GradloomError `INVALID_HYPERPARAMETER` where it is not
 * @example
 * import { numpy as np } from "@jax-js/jax";
 * import { clipByGlobalNorm } from "gradloom/jax/optax";
 * const [updates] = clipByGlobalNorm(1).update(np.array([0, 4]), []);
 * console.log(updates.js()); // [0, 1]
 */
export const clipByGlobalNorm = (maxNorm: number): GradientTransformation => running(clipped(maxNorm));

/**
 * Adds a multiple of the parameters to the updates.
 *
 * The mask multiplies element by element. Its values are read at each step, and its arrays stay the caller's; those that a function
 * returns are consumed.
 *
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters, `INVALID_HYPERPARAMETER` where the decay is not finite
 * @example
 * import { numpy as np } from "@jax-js/jax";
 * import { addDecayedWeights } from "gradloom/jax/optax";
 * const solver = addDecayedWeights({ weightDecay: 0.5, mask: np.array([1, 0]) });
 * const [updates] = solver.update(np.array([1, 1]), [], np.array([2, 2]));
 * console.log(updates.js()); // [2, 1]
 */
export const addDecayedWeights = ({
  weightDecay = 0,
  mask = null,
  ...unknown
}: AddDecayedWeightsOptions = {}): GradientTransformation =>
  running(decay({ weightDecay, mask, ...unknown }));

/** Makes gradloom's transformation for a weight decay, with or without a mask. */
export const decay = ({ mask, ...options }: AddDecayedWeightsOptions): HostTransformation => {
  const plain = decayed(options);
  return mask === null || mask === undefined ? plain : maskedDecay(plain, mask);
};

/**
 * A decaying sum of past updates, the momentum of stochastic gradient descent.
 *
 * @throws GradloomError `INVALID_HYPERPARAMETER` where the decay is not in [0, 1]
 * @example
 * import { numpy as np } from "@jax-js/jax";
 * import { trace } from "gradloom/jax/optax";
 * const solver = trace({ decay: 0.5 });
 * const [first, state] = solver.update(np.array([1]), solver.init(np.zeros([1])));
 * const [second] = solver.update(np.array([1]), state);
 * console.log(second.js()); // [1.5]
 */
export const trace = ({ decay = 0.9, ...options }: TraceOptions = {}): GradientTransformation =>
  running(traced(decay, options));
