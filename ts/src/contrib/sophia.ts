import { chain } from "../combine/chain.ts";
import { maskOption } from "../combine/mask.ts";
import { define } from "../define.ts";
import { maybe, scalarOrSchedule } from "../options.ts";
import { addDecayedWeights } from "../transforms/add-decayed-weights.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import type { ScalarOrSchedule } from "../types.ts";
import { SOPHIA_OPTIONS, scaleBySophia } from "./scale-by-sophia.ts";

/**
 * Sophia: a light second-order optimizer for language models.
 *
 * u = -learningRate * (clip(m / max(gamma*h, eps)) + weightDecay*p), with m the momentum and h the Hessian's diagonal as
 * `scaleBySophia` keeps them. Each update needs the extra argument `hvpFn(params, v)`, the product of the objective's Hessian
 * with v, where Optax differentiates `obj_fn`; it is called every `updateInterval` steps.
 *
 * @param learningRate - a number, or a schedule of the step
 * @throws GradloomError `EXTRA_ARGUMENT_REQUIRED` in `update` without `hvpFn`, `PARAMS_REQUIRED` without the parameters
 * @example
 * const train = gl.TrainState.create({ params: { w: new Float32Array([1]) }, tx: gl.contrib.sophia(0.1) });
 * const hvpFn = (_, v) => gl.tree.scale(2, v);
 * train.applyGradients({ w: new Float32Array([2]) }, { hvpFn });
 * console.log(train.params.w[0].toFixed(2)); // 0.90
 * @see Liu et al. 2023, https://arxiv.org/abs/2305.14342
 */
export const sophia = define(
  "sophia",
  { learningRate: scalarOrSchedule(0) },
  {
    ...SOPHIA_OPTIONS,
    /** Strength of the weight decay; a number, or a schedule of the step. */
    weightDecay: scalarOrSchedule(1e-4),
    /** True where weights decay; by default everywhere. */
    weightDecayMask: maybe(maskOption),
  },
  ({ weightDecay, weightDecayMask, ...options }, learningRate: ScalarOrSchedule) =>
    chain(
      scaleBySophia(options),
      addDecayedWeights({ weightDecay, mask: weightDecayMask }),
      scaleByLearningRate(learningRate),
    ),
);
