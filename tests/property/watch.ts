import { expect } from "vitest";

/** The error that a user's function throws. */
export class Thrown extends Error {}

/** A watch over the user's functions, which makes one of their calls throw. */
export class Watch {
  #left = Number.POSITIVE_INFINITY;

  /** Lets so many calls pass and makes the next one throw; Infinity for none. */
  throwAfter(calls: number): void {
    this.#left = calls;
  }

  /** Returns a function that does the same, unless it is its turn to throw. */
  readonly on =
    <A extends unknown[], R>(f: (...args: A) => R) =>
    (...args: A): R => {
      if (this.#left-- === 0) throw new Thrown("by a user's function");
      return f(...args);
    };
}

/** Makes every call of a body throw in turn, and checks after each that nothing has changed; returns what it does in the end. */
export const throughAll = async <T>(watch: Watch, body: () => T, all: () => unknown): Promise<Awaited<T>> => {
  const before = structuredClone(await all());
  for (let calls = 0; ; calls++) {
    watch.throwAfter(calls);
    try {
      return await body();
    } catch (error) {
      if (!(error instanceof Thrown || (error as Error).cause instanceof Thrown)) throw error;
    } finally {
      watch.throwAfter(Number.POSITIVE_INFINITY);
    }
    expect(structuredClone(await all()), `after the throw of call ${calls}`).toEqual(before);
  }
};
