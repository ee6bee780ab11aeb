import { GradloomError } from "../error.ts";

/** A call of the caller's own code, which may return a promise. */
export type Call = () => unknown;

/** A generator that yields calls of the user's functions and continues with their results. */
export type Coroutine<T> = Generator<Call, T, unknown>;

/** A state that depends on calls still to be made: hooks return it in place of the state. */
export class Suspended<T> {
  readonly coroutine: Coroutine<T>;

  constructor(coroutine: Coroutine<T>) {
    this.coroutine = coroutine;
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

/** Runs a coroutine to its end and makes its calls; an error of a call is thrown inside, where the coroutine is suspended. */
export const runSync = <T>(coroutine: Coroutine<T>): T => {
  let next = coroutine.next();
  while (!next.done) {
    try {
      const result = refusePromise(next.value());
      next = coroutine.next(result);
    } catch (error) {
      next = coroutine.throw(error);
    }
  }
  return next.value;
};

/** Runs a coroutine like `runSync`, and awaits the result of each call. */
export const runAsync = async <T>(coroutine: Coroutine<T>): Promise<T> => {
  let next = coroutine.next();
  while (!next.done) {
    try {
      const result = await next.value();
      next = coroutine.next(result);
    } catch (error) {
      next = coroutine.throw(error);
    }
  }
  return next.value;
};
