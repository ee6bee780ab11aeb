import { GradloomError } from "../error.ts";

/** A call of the caller's own code, which may take its time. */
export type Call = () => unknown;

/** Work that stops for the caller's own code: it yields calls and goes on with what they return. */
export type Steps<T> = Generator<Call, T, unknown>;

/** What a hook returns in place of a state that is not yet known. */
export class Asking<T> {
  readonly steps: Steps<T>;

  constructor(steps: Steps<T>) {
    this.steps = steps;
  }
}

const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as PromiseLike<unknown> | null | undefined)?.then === "function";

const refusePromise = (value: unknown): unknown => {
  if (!isPromise(value)) return value;
  throw new GradloomError("INVALID_HYPERPARAMETER", "a function returned a promise.", {
    path: "update",
    remedy: "Call updateAsync or applyGradientsAsync with asynchronous functions.",
  });
};

/** Makes the calls one after the other; what they throw arises where the work has stopped. */
export const answer = <T>(steps: Steps<T>): T => {
  let next = steps.next();
  while (!next.done) {
    try {
      const result = refusePromise(next.value());
      next = steps.next(result);
    } catch (error) {
      next = steps.throw(error);
    }
  }
  return next.value;
};

/** The same, waiting for each result. */
export const answerAsync = async <T>(steps: Steps<T>): Promise<T> => {
  let next = steps.next();
  while (!next.done) {
    try {
      const result = await next.value();
      next = steps.next(result);
    } catch (error) {
      next = steps.throw(error);
    }
  }
  return next.value;
};
