import type { ElementArray } from "../../pytree/dtype.ts";
import type { Coroutine } from "../../run/suspended.ts";
import { excess } from "./backtracking.ts";
import { interpolate, type Sample, type Slope } from "./interpolation.ts";

/** The options of the search, see `scaleByZoomLinesearch`. */
export interface ZoomOptions {
  readonly maxLinesearchSteps: number;
  readonly maxLearningRate: number | null;
  readonly tol: number;
  readonly increaseFactor: number;
  readonly slopeRtol: number;
  readonly curvRtol: number;
  readonly approxDecRtol: number | null;
  readonly stepsizePrecision: number;
}

/** The objective on the line: value, slope and gradient at a step size. */
export interface Point extends Slope {
  readonly grad: readonly ElementArray[];
}

interface Errors {
  readonly decreaseError: number;
  readonly curvatureError: number;
}

/** A point with its errors: by how much it misses each criterion. */
interface Judged extends Errors {
  readonly point: Point;
  readonly error: number;
}

/** The reason why a search has failed. */
export type ZoomFailure = "intervalNotFound" | "intervalTooSmall" | "curvatureNotSatisfied" | "noDecrease";

/** The end of a search, with the errors of the last point tried. */
export interface ZoomResult extends Errors {
  readonly point: Point;
  readonly steps: number;
  readonly failures: readonly ZoomFailure[];
}

interface Interval {
  /** The end of the interval with the lower value, which need not be the smaller step size. */
  readonly low: Slope;
  readonly high: Slope;
  /** A third point for the cubic. */
  readonly reference: Sample;
}

/** Returns a point with its errors: how far it is from a sufficient decrease and from a small curvature. */
const judge = (point: Point, start: Point, { slopeRtol, curvRtol, approxDecRtol }: ZoomOptions): Judged => {
  const gain = point.value - start.value;
  const armijo = gain - slopeRtol * point.stepsize * start.slope;
  const approximate =
    approxDecRtol === null
      ? armijo
      : Math.max(
          point.slope - (2 * slopeRtol - 1) * start.slope,
          gain - approxDecRtol * Math.abs(start.value),
        );
  const decreaseError = excess(Math.min(approximate, armijo));
  const curvatureError = excess(Math.abs(point.slope) - curvRtol * Math.abs(start.slope));
  return { point, decreaseError, curvatureError, error: Math.max(decreaseError, curvatureError) };
};

/** Returns the next interval, given a point inside the last one. */
const shrink = ({ low, high }: Interval, { point, decreaseError }: Judged): Interval => {
  if (decreaseError > 0 || point.value >= low.value) return { low, high: point, reference: high };
  const crossed = point.slope * (high.stepsize - low.stepsize) >= 0;
  return crossed ? { low: point, high: low, reference: high } : { low: point, high, reference: low };
};

/**
 * Searches for a step of sufficient decrease and small curvature: lengthens the step until an interval is known to hold one,
 * then narrows the interval down. Algorithms 3.5 and 3.6 of Nocedal and Wright.
 */
export const zoom = function* (
  evaluate: (stepsize: number) => Coroutine<Point>,
  start: Point,
  guess: number,
  options: ZoomOptions,
): Coroutine<ZoomResult> {
  const { maxLinesearchSteps, tol, increaseFactor, stepsizePrecision } = options;
  const longest = options.maxLearningRate ?? Number.POSITIVE_INFINITY;
  const search = function* (stepsize: number): Coroutine<Judged> {
    return judge(yield* evaluate(stepsize), start, options);
  };
  let previous = start;
  let safe = start;
  let interval: Interval | undefined;

  for (let steps = 1; ; steps++) {
    if (!interval) {
      const wanted = steps === 1 ? guess : increaseFactor * previous.stepsize;
      const tried = yield* search(Math.min(wanted, longest));
      const { point, error } = tried;
      if (tried.decreaseError <= tol) safe = point;
      if (error <= tol) return { ...tried, steps, failures: [] };
      if (tried.decreaseError > 0 || (point.value >= previous.value && steps > 1)) {
        interval = { low: previous, high: point, reference: previous };
      } else if (point.slope >= 0) {
        interval = { low: point, high: previous, reference: point };
      } else if (wanted >= longest) {
        return { ...tried, steps, failures: ["intervalNotFound", "curvatureNotSatisfied"] };
      }
      previous = point;
      if (steps >= maxLinesearchSteps) return giveUp(tried, safe, steps, false);
    } else {
      const tooSmall = Math.abs(interval.high.stepsize - interval.low.stepsize) <= stepsizePrecision;
      const tried = yield* search(interpolate(interval.low, interval.high, interval.reference));
      if (tried.decreaseError <= tol && tried.point.value < safe.value) safe = tried.point;
      if (tried.error <= tol) return { ...tried, steps, failures: [] };
      if (steps >= maxLinesearchSteps || (tooSmall && safe.stepsize > 0)) {
        return giveUp(tried, safe, steps, tooSmall);
      }
      interval = shrink(interval, tried);
    }
  }
};

/** Returns the best step of sufficient decrease, else the last one tried. */
const giveUp = (last: Judged, safe: Point, steps: number, tooSmall: boolean): ZoomResult => {
  const decreased = safe.stepsize > 0;
  return {
    ...last,
    point: decreased ? safe : last.point,
    steps,
    failures: [
      ...(tooSmall ? (["intervalTooSmall"] as const) : []),
      decreased ? "curvatureNotSatisfied" : "noDecrease",
    ],
  };
};
