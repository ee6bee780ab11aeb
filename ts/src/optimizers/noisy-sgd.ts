import { chain } from "../combine/chain.ts";
import { define } from "../define.ts";
import { real, scalarOrSchedule } from "../options.ts";
import type { Transformation } from "../plan/node.ts";
import { type AddNoiseState, addNoise, NOISE_OPTIONS } from "../transforms/add-noise.ts";
import { type ScaleByLearningRateState, scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import type { ScalarOrSchedule } from "../types.ts";

/** The noise's count and key, and the learning rate's count, where it is a schedule. */
export type NoisySgdState = readonly [AddNoiseState, ScaleByLearningRateState];

/**
 * Stochastic gradient descent with Gaussian noise that fades.
 *
 * u = -learningRate * (g + sqrt(eta / t^gamma) * z), where t counts steps from 1 and z is standard normal: Optax's noise.
 *
 * @param learningRate - a number, or a schedule of the step
 * @example
 * const tx = gl.noisySgd(0.1, { eta: 0.01, key: 7 });
 * const state = tx.init({ w: new Float32Array(2) });
 * console.log(state[0].rngKey); // Uint32Array(2) [ 0, 7 ]
 * @see Neelakantan et al. 2015, https://arxiv.org/abs/1511.06807
 */
export const noisySgd = define(
  "noisySgd",
  { learningRate: scalarOrSchedule(0) },
  {
    /** The variance of the first step's noise; at least 0. */
    eta: real(0.01, { min: 0 }),
    /** The exponent with which the noise's variance fades. */
    gamma: real(0.55),
    ...NOISE_OPTIONS,
  },
  ({ eta, gamma, key, seed }, learningRate: ScalarOrSchedule): Transformation<NoisySgdState> =>
    chain(addNoise(eta, gamma, { key, seed }), scaleByLearningRate(learningRate)),
);
