import { GradloomError } from "../error.ts";
import { firstOverlap, partOf } from "../pytree/overlap.ts";
import type { LeafArray } from "./engine.ts";

// The getter itself: a subclass could give another length than the memory has.
const lengthOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Float32Array.prototype), "length")!
  .get as () => number;

interface Loan {
  readonly array: LeafArray;
  readonly length: number;
}

/** The callers' arrays that native code works on: kept alive here, and never used after they were detached. */
export class LentMemory {
  readonly #loans = new Map<number, readonly Loan[]>();

  /** Notes the arrays of a buffer and calls `adopt`, unless two of all the arrays overlap. */
  lend(buffer: number, arrays: readonly LeafArray[], adopt: () => void): void {
    const others = [...this.#loans].filter(([index]) => index !== buffer).flatMap(([, loans]) => loans);
    const before = this.#loans.get(buffer) ?? [];
    const rest = before.slice(arrays.length);
    const inUse = [...others, ...rest].map(({ array }) => array);
    if (firstOverlap([...inUse, ...arrays].map(partOf))) {
      throw new GradloomError("OVERLAPPING_MEMORY", "two leaves lie over the same bytes.", {
        remedy: "Give every leaf memory of its own.",
      });
    }
    const loans = arrays.map((array) => ({ array, length: lengthOf.call(array) }));
    this.#loans.set(buffer, [...loans, ...before]); // Where adopt throws, any of these may be in use.
    adopt();
    this.#loans.set(buffer, [...loans, ...rest]);
  }

  /** A detached or shrunk array has another length: its memory is gone. */
  check(): void {
    for (const loans of this.#loans.values()) {
      for (const [leaf, { array, length }] of loans.entries()) {
        if (lengthOf.call(array) !== length) {
          throw new GradloomError(
            "DETACHED_MEMORY",
            "the array was detached or resized after it was adopted.",
            {
              path: `leaf ${leaf}`,
              remedy: "Do not transfer arrays that are in use.",
            },
          );
        }
      }
    }
  }
}
