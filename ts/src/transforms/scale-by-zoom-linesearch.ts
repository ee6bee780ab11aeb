import { define } from "../define.ts";
import type { Computation } from "../kernels/computation.ts";
import { derived, host, kernels } from "../kernels/kernels.ts";
import { flag, maybe, oneOf, real } from "../options.ts";
import type { Transformation } from "../plan/node.ts";
import type { ParamsLike } from "../plan/transformation.ts";
import { named } from "../pytree/named.ts";
import type { Coroutine } from "../run/suspended.ts";
import { zerosLike } from "../tree/like.ts";
import { Line } from "./linesearch/line.ts";
import { askValueAndGrad, gradientArrays, objectiveOf } from "./linesearch/objective.ts";
import { finiteSlope, outOfDomain } from "./linesearch/out-of-domain.ts";
import { type Point, type ZoomFailure, zoom } from "./linesearch/zoom.ts";

/** The outcome of a zoom search. */
export interface ZoomLinesearchInfo {
  /** The number of evaluations of the objective. */
  readonly numLinesearchSteps: number;
  /** The amount by which the decrease was too small at the last point tried; 0 where it was sufficient. */
  readonly decreaseError: number;
  /** The amount by which the curvature was too large at the last point tried. A search may succeed with such an error. */
  readonly curvatureError: number;
}

/** The result of the last search; `valueAndGradFromState` reads it. */
export interface ScaleByZoomLinesearchState {
  readonly learningRate: number;
  /** The objective at the new parameters; infinite before the first step. */
  readonly value: number;
  /** The gradient at the new parameters. */
  readonly grad: ParamsLike;
  readonly info: ZoomLinesearchInfo;
}

const OPTIONS = {
  /** The longest step size; greater than 0. By default there is none. */
  maxLearningRate: maybe(real(1, { above: 0 })),
  /** Tolerance of both criteria; at least 0. */
  tol: real(0, { min: 0 }),
  /** The factor for the step size until an interval has been found; greater than 1. */
  increaseFactor: real(2, { above: 1 }),
  /** The part of the decrease expected from the slope that is sufficient: c1, at least 0. */
  slopeRtol: real(1e-4, { min: 0 }),
  /** The part of the slope that may be left at the end: c2, at least 0; Infinity switches the second criterion off. */
  curvRtol: real(0.9, { min: 0, infinite: true }),
  /** The relative rise of the objective up to which the slope alone decides; at least 0. Null: the slope never decides alone. */
  approxDecRtol: { ...maybe(real(1e-6, { min: 0 })), default: 1e-6 },
  /** The width of an interval below which the search ends; at least 0. */
  stepsizePrecision: real(1e-5, { min: 0 }),
  /** The first guess: 1, as quasi-Newton methods want it, or the last step size. */
  initialGuessStrategy: oneOf(["one", "keep"], "keep"),
  /** Print on the console why a search failed. */
  verbose: flag(false),
};

const NAME = "scaleByZoomLinesearch";

const REASONS: Readonly<Record<ZoomFailure, string>> = {
  intervalNotFound: "no interval of small curvature found; perhaps maxLearningRate is too small",
  intervalTooSmall: "the interval is narrower than stepsizePrecision",
  curvatureNotSatisfied: "the step decreases the objective enough, but the curvature is not small",
  noDecrease: "no step size of sufficient decrease found",
};

/**
 * Scales updates by a step size of sufficient decrease and small curvature: the Wolfe conditions.
 *
 * Searches for a step size s with f(p + s*u) <= f(p) + c1*s*<u, grad f(p)> + tol and |<u, grad f(p + s*u)>| <= c2*|<u, grad f(p)>| + tol.
 * Where f has hardly changed, <u, grad f(p + s*u)> <= (2*c1 - 1)*<u, grad f(p)> does in place of the first. Where f
 * or its slope is NaN there is no decrease. After `maxLinesearchSteps` evaluations the best step of sufficient decrease is taken, else
 * the last; where f is not finite there it is an error, since nothing would change and the next search would end there too (Optax
 * takes steps of 0 from then on).
 *
 * Each update needs the extra arguments `{ value, grad, valueAndGradFn }`, see `LinesearchExtraArgs`. Inside `masked` the function
 * gets all parameters.
 *
 * @param maxLinesearchSteps - an integer, at least 1
 * @throws GradloomError `EXTRA_ARGUMENT_REQUIRED` in `update` without the extra arguments, `INVALID_HYPERPARAMETER` where the
 *   given value or slope is NaN, or a search has found no finite value
 * @example
 * const tx = gl.chain(gl.sgd(1), gl.scaleByZoomLinesearch(15));
 * const valueAndGradFn = ({ w }) => [w[0] ** 2, { w: new Float32Array([2 * w[0]]) }];
 * const params = { w: new Float32Array([3]) };
 * const [value, grad] = valueAndGradFn(params);
 * const [updates] = tx.update(grad, tx.init(params), params, { value, grad, valueAndGradFn });
 * console.log(updates.w[0]); // -3
 * @see Nocedal & Wright 1999, https://doi.org/10.1007/978-0-387-40065-5, and Hager & Zhang 2006,
 *   https://doi.org/10.1145/1132973.1132979
 */
export const scaleByZoomLinesearch = define(
  NAME,
  { maxLinesearchSteps: { check: real(1, { min: 1, integer: true }).check } },
  OPTIONS,
  (options, maxLinesearchSteps: number): Transformation<ScaleByZoomLinesearchState> => {
    const search = function* (
      state: ScaleByZoomLinesearchState,
      on: Computation,
    ): Coroutine<ScaleByZoomLinesearchState> {
      const objective = objectiveOf(NAME, on.extra, ["valueAndGradFn"]);
      const line = new Line(on);
      const grad = gradientArrays(on, objective.grad, `${NAME}.grad`).map((array) => array.slice());
      const evaluate = function* (stepsize: number): Coroutine<Point> {
        const [value, tree] = yield* askValueAndGrad(NAME, objective, line.at(stepsize));
        const grad = gradientArrays(on, tree, `${NAME}.valueAndGradFn()[1]`).map((array) => array.slice());
        return { stepsize, value, slope: line.slope(grad), grad };
      };
      const start: Point = {
        stepsize: 0,
        value: objective.value,
        slope: finiteSlope(NAME, line.slope(grad)),
        grad,
      };
      const guess = options.initialGuessStrategy === "keep" ? state.learningRate || 1 : 1;
      const { point, steps, failures, decreaseError, curvatureError } = yield* zoom(evaluate, start, guess, {
        ...options,
        maxLinesearchSteps,
      });
      if (failures.includes("noDecrease") && decreaseError === Number.POSITIVE_INFINITY) {
        throw outOfDomain(`${NAME}.valueAndGradFn`, point);
      }
      if (options.verbose && failures.length > 0) {
        const reasons = failures.map((failure) => REASONS[failure]);
        if (!(start.slope < 0)) reasons.push("the updates do not descend");
        const { value, stepsize } = point;
        console.info(`${NAME}: ${reasons.join("; ")}`, {
          value,
          stepsize,
          slope: start.slope,
          decreaseError,
        });
      }
      return {
        learningRate: point.stepsize,
        value: point.value,
        grad: line.keep(point.grad) as ParamsLike,
        info: named("ZoomLinesearchInfo", { numLinesearchSteps: steps, decreaseError, curvatureError }),
      };
    };

    const unknown = Number.POSITIVE_INFINITY;
    return kernels({
      name: NAME,
      type: "ScaleByZoomLinesearchState",
      params: true,
      state: {
        learningRate: host(1),
        value: host(unknown),
        grad: derived(zerosLike),
        info: host(
          named("ZoomLinesearchInfo", {
            numLinesearchSteps: 0,
            decreaseError: unknown,
            curvatureError: unknown,
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
