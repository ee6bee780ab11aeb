import { chain } from "../combine/chain.ts";
import { define } from "../define.ts";
import { transformation } from "../kernels/as-node.ts";
import { maybe, scalarOrSchedule } from "../options.ts";
import type { GradientTransformation } from "../plan/transformation.ts";
import { identity } from "../transforms/identity.ts";
import { scale } from "../transforms/scale.ts";
import { LBFGS_OPTIONS, scaleByLbfgs } from "../transforms/scale-by-lbfgs.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import { scaleByZoomLinesearch } from "../transforms/scale-by-zoom-linesearch.ts";
import type { ScalarOrSchedule } from "../types.ts";

/**
 * Limited-memory BFGS with a line search: a quasi-Newton method for objectives that are the same at every step.
 *
 * u = -s * H*g, with H of `scaleByLbfgs` and the step size s of `scaleByZoomLinesearch`. Each update needs the extra arguments
 * `{ value, grad, valueAndGradFn }`, see `LinesearchExtraArgs`; `valueAndGradFromState` saves evaluating the objective twice.
 *
 * @param learningRate - a number, or a schedule of the step, that scales the direction; by default only the line search scales it
 * @throws GradloomError `EXTRA_ARGUMENT_REQUIRED` in `update` without the extra arguments
 * @example
 * const valueAndGradFn = ({ w }) => [w[0] ** 2, { w: new Float32Array([2 * w[0]]) }];
 * const valueAndGrad = gl.valueAndGradFromState(valueAndGradFn);
 * const train = gl.TrainState.create({ params: { w: new Float32Array([3]) }, tx: gl.lbfgs() });
 * for (let i = 0; i < 3; i++) {
 *   const [value, grad] = valueAndGrad(train.params, train.optState);
 *   train.applyGradients(grad, { value, grad, valueAndGradFn });
 * }
 * console.log(train.params.w[0]); // 0
 * @see Liu & Nocedal 1989, https://doi.org/10.1007/BF01589116
 */
export const lbfgs = define(
  "lbfgs",
  { learningRate: maybe(scalarOrSchedule(0)) },
  {
    ...LBFGS_OPTIONS,
    /** Finds the step size; by default `scaleByZoomLinesearch(20, { initialGuessStrategy: "one" })`. Null for none. */
    linesearch: { ...maybe(transformation), default: undefined as GradientTransformation | null | undefined },
  },
  ({ memorySize, scaleInitPrecond, linesearch }, learningRate?: ScalarOrSchedule | null) =>
    chain(
      scaleByLbfgs({ memorySize, scaleInitPrecond }),
      learningRate === null || learningRate === undefined ? scale(-1) : scaleByLearningRate(learningRate),
      linesearch === undefined
        ? scaleByZoomLinesearch(20, { initialGuessStrategy: "one" })
        : (linesearch ?? identity()),
    ),
);
