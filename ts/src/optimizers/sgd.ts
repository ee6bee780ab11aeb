import { chain } from "../combine/chain.ts";
import { define } from "../define.ts";
import { dtype, flag, maybe, real, scalarOrSchedule } from "../options.ts";
import type { Transformation } from "../plan/node.ts";
import type { EmptyState } from "../plan/transformation.ts";
import { identity } from "../transforms/identity.ts";
import { type ScaleByLearningRateState, scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import { type TraceState, trace } from "../transforms/trace.ts";
import type { ScalarOrSchedule } from "../types.ts";

/** The momentum, empty without it, and the learning rate's count, where it is a schedule. */
export type SgdState = readonly [TraceState | EmptyState, ScaleByLearningRateState];

/**
 * Stochastic gradient descent, optionally with momentum.
 *
 * t = g + momentum * t; u = -learningRate * t; with `nesterov`, u = -learningRate * (g + momentum * t). There is no dampening.
 *
 * @param learningRate - a number, or a schedule of the step
 * @example
 * const tx = gl.sgd(0.1, { momentum: 0.9, nesterov: true });
 * const params = { w: new Float32Array([1]) };
 * const [updates] = tx.update({ w: new Float32Array([1]) }, tx.init(params), params);
 * console.log(updates.w[0].toFixed(2)); // -0.19
 * @see Sutskever et al. 2013, On the importance of initialization and momentum in deep learning
 */
export const sgd = define(
  "sgd",
  { learningRate: scalarOrSchedule(0) },
  {
    /** Decay of the momentum, in [0, 1]; none by default. */
    momentum: maybe(real(0, { min: 0, max: 1 })),
    /** Nesterov's look-ahead. */
    nesterov: flag(false),
    /** Storage of the momentum, by default that of the parameters. */
    accumulatorDtype: maybe(dtype),
  },
  ({ momentum, nesterov, accumulatorDtype }, learningRate: ScalarOrSchedule): Transformation<SgdState> =>
    chain(
      momentum === null ? identity() : trace(momentum, { nesterov, accumulatorDtype }),
      scaleByLearningRate(learningRate),
    ),
);
