import { chain } from "../combine/chain.ts";
import { define } from "../define.ts";
import { flag, maybe, real, scalarOrSchedule } from "../options.ts";
import {
  type EmptyState,
  type ExtraArgs,
  type GradientTransformation,
  NAME,
} from "../plan/transformation.ts";
import { identity } from "../transforms/identity.ts";
import { type ScaleByLearningRateState, scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import { type TraceState, trace } from "../transforms/trace.ts";
import type { ScalarOrSchedule } from "../types.ts";
import {
  type DifferentiallyPrivateAggregateState,
  differentiallyPrivateAggregate,
} from "./differentially-private-aggregate.ts";

/** The noise's key, the momentum, empty without it, and the learning rate's count, where it is a schedule. */
export type DpsgdState = readonly [
  DifferentiallyPrivateAggregateState,
  TraceState | EmptyState,
  ScaleByLearningRateState,
];

/**
 * Stochastic gradient descent with differential privacy: `differentiallyPrivateAggregate`, then momentum and learning rate.
 *
 * `update` takes the gradients of each example, with the examples as the first axis of every leaf, and gives updates without
 * that axis, so it works through `init` and `update`, not inside `chain` or `TrainState`, which take gradients like the parameters.
 *
 * @param learningRate - a number, or a schedule of the step
 * @param l2NormClip - the greatest norm of an example's gradient; at least 0
 * @param noiseMultiplier - the noise's standard deviation relative to `l2NormClip`; at least 0
 * @param seed - the seed of the noise, in [0, 2^32)
 * @example
 * const tx = gl.contrib.dpsgd(0.1, 1, 1.1, 42, { momentum: 0.9 });
 * const params = { w: gl.tensor(new Float32Array(2), [2]) };
 * const perExample = { w: gl.tensor(new Float32Array([3, 4, 0, 1]), [2, 2]) };
 * const [updates] = tx.update(perExample, tx.init(params), params);
 * console.log(updates.w.shape); // [ 2 ]
 * @see Abadi et al. 2016, https://arxiv.org/abs/1607.00133
 */
export const dpsgd = define(
  "dpsgd",
  {
    learningRate: scalarOrSchedule(0),
    l2NormClip: real(1, { min: 0 }),
    noiseMultiplier: real(0, { min: 0 }),
    seed: real(0, { min: 0, below: 2 ** 32, integer: true }),
  },
  {
    /** Decay of the momentum, in [0, 1]; none by default. */
    momentum: maybe(real(0, { min: 0, max: 1 })),
    /** Nesterov's look-ahead. */
    nesterov: flag(false),
  },
  (
    { momentum, nesterov },
    learningRate: ScalarOrSchedule,
    l2NormClip: number,
    noiseMultiplier: number,
    seed: number,
  ): GradientTransformation<DpsgdState> => {
    const aggregate = differentiallyPrivateAggregate(l2NormClip, noiseMultiplier, { seed });
    const rest = chain(
      momentum === null ? identity() : trace(momentum, { nesterov }),
      scaleByLearningRate(learningRate),
    );
    const transformation = {
      [NAME]: "dpsgd",
      init: (params: unknown) => [aggregate.init(params), ...(rest.init(params) as readonly unknown[])],
      update: (updates: unknown, state: readonly unknown[], params?: unknown, extra?: ExtraArgs) => {
        const [first, ...others] = state;
        const [mean, key] = aggregate.update(updates, first as never);
        const [result, next] = rest.update(mean, others as never, params, extra);
        return [result, [key, ...(next as readonly unknown[])]];
      },
    };
    return transformation as unknown as GradientTransformation<DpsgdState>;
  },
);
