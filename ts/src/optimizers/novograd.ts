import { chain } from "../combine/chain.ts";
import { define } from "../define.ts";
import { real, scalarOrSchedule } from "../options.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import { NOVOGRAD_OPTIONS, scaleByNovograd } from "../transforms/scale-by-novograd.ts";
import type { ScalarOrSchedule } from "../types.ts";

/**
 * NovoGrad: momentum of gradients that are divided by a running norm of their leaf.
 *
 * Per leaf: v = b2*v + (1-b2)*norm(g)²; m = b1*m + g / (sqrt(v + epsRoot) + eps) + weightDecay*p; u = -learningRate * m.
 *
 * @param learningRate - a number, or a schedule of the step
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.novograd(0.01, { weightDecay: 1e-3 });
 * @see Ginsburg et al. 2019, https://arxiv.org/abs/1905.11286
 */
export const novograd = define(
  "novograd",
  { learningRate: scalarOrSchedule(0) },
  {
    ...NOVOGRAD_OPTIONS,
    /** Added outside the root; at least 0. */
    eps: real(1e-6, { min: 0 }),
    /** The multiple of the parameters that is added to the momentum; a number. */
    weightDecay: real(0),
  },
  (options, learningRate: ScalarOrSchedule) =>
    chain(scaleByNovograd(options), scaleByLearningRate(learningRate)),
);
