import type { ElementArray } from "../../pytree/dtype.ts";
import type { Coroutine } from "../../run/suspended.ts";

/** The options of the search, see `scaleByBacktrackingLinesearch`. */
export interface BacktrackingOptions {
  readonly maxBacktrackingSteps: number;
  readonly slopeRtol: number;
  readonly decreaseFactor: number;
  readonly atol: number;
  readonly rtol: number;
}

/** The objective and its slope along the updates, at the parameters. */
export interface Start {
  readonly value: number;
  readonly slope: number;
}

/** The end of a search. */
export interface Found {
  readonly stepsize: number;
  readonly value: number;
  readonly grad: readonly ElementArray[] | null;
  readonly decreaseError: number;
  readonly steps: number;
}

/** The objective at a step size; its gradient is null where the search does not need it, or asks for it at the end. */
export interface Evaluation {
  readonly value: number;
  readonly grad: readonly ElementArray[] | null;
}

/** Returns the amount by which an error exceeds 0; infinite for NaN. */
export const excess = (error: number): number =>
  Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(error, 0);

/** Shortens a step until the objective decreases enough: Armijo's criterion. */
export const backtrack = function* (
  evaluate: (stepsize: number) => Coroutine<Evaluation>,
  { value, slope }: Start,
  guess: number,
  { maxBacktrackingSteps, slopeRtol, decreaseFactor, atol, rtol }: BacktrackingOptions,
): Coroutine<Found> {
  for (let stepsize = guess, steps = 1; ; stepsize *= decreaseFactor, steps++) {
    const at = yield* evaluate(stepsize);
    const decreaseError = excess(at.value - (1 + rtol) * value - stepsize * slopeRtol * slope);
    if (decreaseError <= atol || steps > maxBacktrackingSteps)
      return { stepsize, ...at, decreaseError, steps };
  }
};
