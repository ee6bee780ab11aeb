import { define } from "../define.ts";
import type { Computation } from "../kernels/computation.ts";
import { derived, host, kernels } from "../kernels/kernels.ts";
import { flag, real } from "../options.ts";
import type { Transformation } from "../plan/node.ts";
import type { ParamsLike } from "../plan/transformation.ts";
import { named } from "../pytree/named.ts";
import type { Coroutine } from "../run/suspended.ts";
import { zerosLike } from "../tree/like.ts";
import { backtrack, type Evaluation } from "./linesearch/backtracking.ts";
import { Line } from "./linesearch/line.ts";
import { askValue, askValueAndGrad, gradientArrays, objectiveOf } from "./linesearch/objective.ts";
import { finiteSlope, outOfDomain } from "./linesearch/out-of-domain.ts";

/** The outcome of a backtracking search. */
export interface BacktrackingLinesearchInfo {
  /** The number of evaluations of the objective. */
  readonly numLinesearchSteps: number;
  /** The amount by which the decrease was too small; 0 where it was sufficient. */
  readonly decreaseError: number;
}

/** The result of the last search; `valueAndGradFromState` reads it. */
export interface ScaleByBacktrackingLinesearchState {
  readonly learningRate: number;
  /** The objective at the new parameters; infinite before the first step. */
  readonly value: number;
  /** The gradient at the new parameters; null without `storeGrad`. */
  readonly grad: ParamsLike | null;
  readonly info: BacktrackingLinesearchInfo;
}

const OPTIONS = {
  /** The part of the decrease expected from the slope that is sufficient; at least 0. */
  slopeRtol: real(1e-4, { min: 0 }),
  /** The factor for a step size that is too long, in (0, 1). */
  decreaseFactor: real(0.8, { above: 0, below: 1 }),
  /** The factor from the last step size to the first guess; at least 1, Infinity for `maxLearningRate`. */
  increaseFactor: real(1.5, { min: 1, infinite: true }),
  /** The longest first guess; greater than 0. */
  maxLearningRate: real(1, { above: 0 }),
  /** Absolute tolerance of the criterion; at least 0. */
  atol: real(0, { min: 0 }),
  /** Tolerance of the criterion relative to the objective; at least 0. */
  rtol: real(0, { min: 0 }),
  /** Keep the gradient at the new parameters in the state. Needs `valueAndGradFn`. */
  storeGrad: flag(false),
  /** Print on the console why a search failed. */
  verbose: flag(false),
};

const NAME = "scaleByBacktrackingLinesearch";

/**
 * Scales updates by a step size of sufficient decrease, found by backtracking.
 *
 * From min(increaseFactor * last, maxLearningRate) on, the step size s is multiplied by `decreaseFactor` until
 * f(p + s*u) <= (1 + rtol)*f(p) + s*slopeRtol*<u, grad> + atol, at most `maxBacktrackingSteps` times; where f is NaN it has not
 * decreased. Updates must descend: <u, grad> < 0. A search that ends where f is not finite is an error, since nothing would change
 * and the next one would end there too (Optax takes steps of 0 from then on).
 *
 * Each update needs the extra arguments `{ value, grad, valueFn }`, see `LinesearchExtraArgs`; `valueAndGradFn` can
 * replace `valueFn`. If both are given, the gradient is computed only at the end. Inside `masked` the functions get all parameters.
 *
 * @param maxBacktrackingSteps - an integer, at least 0
 * @throws GradloomError `EXTRA_ARGUMENT_REQUIRED` in `update` without the extra arguments, `INVALID_HYPERPARAMETER` where the
 *   given value or slope is NaN, or a search has found no finite value
 * @example
 * const tx = gl.chain(gl.sgd(1), gl.scaleByBacktrackingLinesearch(15));
 * const valueFn = ({ w }) => w[0] ** 2;
 * const params = { w: new Float32Array([3]) };
 * const grad = { w: new Float32Array([6]) };
 * const [updates] = tx.update(grad, tx.init(params), params, { value: 9, grad, valueFn });
 * console.log(valueFn(gl.applyUpdates(params, updates)) < 9); // true
 * @see Vaswani et al. 2019, https://arxiv.org/abs/1905.09997
 */
export const scaleByBacktrackingLinesearch = define(
  NAME,
  { maxBacktrackingSteps: { check: real(0, { min: 0, integer: true }).check } },
  OPTIONS,
  (options, maxBacktrackingSteps: number): Transformation<ScaleByBacktrackingLinesearchState> => {
    const { increaseFactor, maxLearningRate, storeGrad, verbose, atol } = options;

    const search = function* (
      state: ScaleByBacktrackingLinesearchState,
      on: Computation,
    ): Coroutine<ScaleByBacktrackingLinesearchState> {
      const functions = storeGrad ? (["valueAndGradFn"] as const) : (["valueFn", "valueAndGradFn"] as const);
      const objective = objectiveOf(NAME, on.extra, functions);
      const line = new Line(on);
      const slope = finiteSlope(NAME, line.slope(gradientArrays(on, objective.grad, `${NAME}.grad`)));
      const evaluateAll = function* (stepsize: number): Coroutine<Evaluation> {
        const [value, grad] = yield* askValueAndGrad(NAME, objective, line.at(stepsize));
        return { value, grad: gradientArrays(on, grad, `${NAME}.valueAndGradFn()[1]`) };
      };
      const evaluateValue = function* (stepsize: number): Coroutine<Evaluation> {
        return { value: yield* askValue(NAME, objective, line.at(stepsize)), grad: null };
      };
      const guess = Math.min(increaseFactor * (state.learningRate || 1), maxLearningRate);
      const found = yield* backtrack(
        objective.valueFn ? evaluateValue : evaluateAll,
        { value: objective.value, slope },
        guess,
        { ...options, maxBacktrackingSteps },
      );
      const { decreaseError, stepsize: learningRate } = found;
      if (decreaseError === Number.POSITIVE_INFINITY) {
        throw outOfDomain(`${NAME}.${objective.valueFn ? "valueFn" : "valueAndGradFn"}`, found);
      }
      if (verbose && decreaseError > atol) {
        console.info(`${NAME}: no sufficient decrease`, { ...found, grad: undefined, slope });
      }
      const last = storeGrad && !found.grad ? yield* evaluateAll(found.stepsize) : found;
      return {
        learningRate,
        value: found.value,
        grad: storeGrad ? (line.keep(last.grad ?? []) as ParamsLike) : null,
        info: named("BacktrackingLinesearchInfo", { numLinesearchSteps: found.steps, decreaseError }),
      };
    };

    return kernels({
      name: NAME,
      type: "ScaleByBacktrackingLinesearchState",
      params: true,
      state: {
        learningRate: host(1),
        value: host(Number.POSITIVE_INFINITY),
        grad: storeGrad ? derived(zerosLike) : host(null),
        info: host(
          named("BacktrackingLinesearchInfo", {
            numLinesearchSteps: 0,
            decreaseError: Number.POSITIVE_INFINITY,
          }),
        ),
      },
      steps: [
        { ask: search },
        { map: "scale", scalars: { stepSize: (state) => state.learningRate as number } },
      ],
    });
  },
);
