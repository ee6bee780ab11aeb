import { GradloomError } from "../error.ts";
import { firstOverlap, partOf } from "../pytree/overlap.ts";
import type { LeafArray } from "./engine.ts";

// The getter itself: a subclass could give another length than the memory has.
const lengthOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Float32Array.prototype), "length")!
  .get as () => number;

interface BorrowedArray {
  readonly array: LeafArray;
  readonly length: number;
}

/** The callers' arrays that native code works on: kept alive here, and never used after they were detached. */
export class BorrowedMemory {
  readonly #borrowed = new Map<number, readonly BorrowedArray[]>();

  /** Notes the arrays of a buffer and calls `adopt`, unless two of all the arrays overlap. */
  borrow(buffer: number, arrays: readonly LeafArray[], adopt: () => void): void {
    const others = [...this.#borrowed]
      .filter(([index]) => index !== buffer)
      .flatMap(([, borrowed]) => borrowed);
    const before = this.#borrowed.get(buffer) ?? [];
    const rest = before.slice(arrays.length);
    const inUse = [...others, ...rest].map(({ array }) => array);
    if (firstOverlap([...inUse, ...arrays].map(partOf))) {
      throw new GradloomError("OVERLAPPING_MEMORY", "two leaves lie over the same bytes.", {
        remedy: "Give every leaf memory of its own.",
      });
    }
    const borrowed = arrays.map((array) => ({ array, length: lengthOf.call(array) }));
    this.#borrowed.set(buffer, [...borrowed, ...before]); // Where adopt throws, any of these may be in use.
    adopt();
    this.#borrowed.set(buffer, [...borrowed, ...rest]);
  }

  /** A detached or shrunk array has another length: its memory is gone. */
  check(): void {
    for (const borrowed of this.#borrowed.values()) {
      for (const [leaf, { array, length }] of borrowed.entries()) {
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
