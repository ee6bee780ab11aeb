import { GradloomError } from "../error.ts";
import { firstOverlap, partOf } from "../pytree/overlap.ts";
import type { LeafArray } from "./engine.ts";

// The getter of the prototype: a subclass may override `length`.
const lengthOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Float32Array.prototype), "length")!
  .get as () => number;

interface BorrowedArray {
  readonly array: LeafArray;
  readonly length: number;
}

/** The callers' arrays that native code works on. It keeps them alive, and refuses those that have been detached. */
export class BorrowedMemory {
  readonly #borrowed = new Map<number, readonly BorrowedArray[]>();

  /** Calls `adopt` and records the arrays of a buffer. Throws where two arrays of any buffers overlap. */
  borrow(buffer: number, arrays: readonly LeafArray[], adopt: () => void): void {
    const others = [...this.#borrowed]
      .filter(([index]) => index !== buffer)
      .flatMap(([, borrowed]) => borrowed);
    const before = this.#borrowed.get(buffer) ?? [];
    const rest = before.slice(arrays.length);
    const inUse = [...others, ...rest].map(({ array }) => array);
    if (firstOverlap([...inUse, ...arrays].map(partOf))) {
      throw new GradloomError("OVERLAPPING_MEMORY", "two leaves share memory.", {
        path: "engine",
        remedy: "Give every leaf memory of its own.",
      });
    }
    const borrowed = arrays.map((array) => ({ array, length: lengthOf.call(array) }));
    this.#borrowed.set(buffer, [...borrowed, ...before]); // If adopt throws, native code may hold any of these.
    adopt();
    this.#borrowed.set(buffer, [...borrowed, ...rest]);
  }

  /** Throws where an array has been detached or resized, which its length tells. */
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
