import { chain as chained } from "../../combine/chain.ts";
import { adam as hostAdam } from "../../optimizers/adam.ts";
import { sgd as hostSgd } from "../../optimizers/sgd.ts";
import { scaleByAdam } from "../../transforms/scale-by-adam.ts";
import { scaleByLearningRate } from "../../transforms/scale-by-learning-rate.ts";
import { type GradientTransformation, running, type ScalarOrSchedule } from "./base.ts";
import { type AddDecayedWeightsOptions, decay, type ScaleByAdamOptions } from "./transform.ts";

/** The options of `sgd`. */
export type SgdOptions = {
  /** Decay of the sum of past gradients; by default null, for none. */
  momentum?: number | null;
  /** Nesterov's look-ahead, by default false. */
  nesterov?: boolean;
};

/** The options of `adamw`; its weight decay is 1e-4 by default. */
export type AdamWOptions = ScaleByAdamOptions & AddDecayedWeightsOptions;

/**
 * Stochastic gradient descent, with or without momentum.
 *
 * @param learningRate - a number, or a function of the step
 * @throws GradloomError `INVALID_HYPERPARAMETER` where an argument is out of its range
 * @example
 * import { numpy as np } from "@jax-js/jax";
 * import { applyUpdates, sgd } from "gradloom/jax/optax";
 * const solver = sgd(0.5);
 * const params = np.array([1, 2]);
 * const [updates] = solver.update(np.array([2, 2]), solver.init(params.ref), params.ref);
 * console.log(applyUpdates(params, updates).js()); // [0, 1]
 */
export const sgd = (learningRate: ScalarOrSchedule, opts: SgdOptions = {}): GradientTransformation =>
  running(hostSgd(learningRate, opts));

/**
 * The Adam optimizer.
 *
 * @param learningRate - a number, or a function of the step
 * @throws GradloomError `INVALID_HYPERPARAMETER` where an argument is out of its range
 * @example
 * import { numpy as np } from "@jax-js/jax";
 * import { adam, applyUpdates } from "gradloom/jax/optax";
 * const solver = adam(0.5);
 * const params = np.array([1, 2]);
 * const [updates] = solver.update(np.array([3, -3]), solver.init(params.ref), params.ref);
 * console.log(applyUpdates(params, updates).js()); // [0.5, 2.5]
 */
export const adam = (learningRate: ScalarOrSchedule, opts: ScaleByAdamOptions = {}): GradientTransformation =>
  running(hostAdam(learningRate, opts));

/**
 * Adam with decoupled weight decay.
 *
 * @param learningRate - a number, or a function of the step
 * @throws GradloomError `INVALID_HYPERPARAMETER` where an argument is out of its range, `PARAMS_REQUIRED` in `update` without the
 *   parameters
 * @example
 * import { numpy as np } from "@jax-js/jax";
 * import { adamw, applyUpdates } from "gradloom/jax/optax";
 * const solver = adamw(0.5, { weightDecay: 1 });
 * const params = np.array([1, 2]);
 * const [updates] = solver.update(np.array([3, -3]), solver.init(params.ref), params.ref);
 * console.log(applyUpdates(params, updates).js()); // [0, 1.5]
 */
export const adamw = (
  learningRate: ScalarOrSchedule,
  { weightDecay = 1e-4, mask, ...adam }: AdamWOptions = {},
): GradientTransformation =>
  running(
    chained(
      scaleByAdam(adam),
      decay({ weightDecay, ...(mask !== undefined && { mask }) }),
      scaleByLearningRate(learningRate),
    ),
  );
