import type { Computation } from "../../kernels/computation.ts";
import { UPDATES } from "../../plan/step.ts";
import { type ElementArray, elementType } from "../../pytree/dtype.ts";
import { writeTree } from "../../pytree/layout.ts";

/** The line w + stepsize * u from the parameters w along the updates u. Parameters outside the transformation's scope stay as they are. */
export class Line {
  readonly #on: Computation;
  readonly #updates: readonly ElementArray[];

  constructor(on: Computation) {
    this.#on = on;
    this.#updates = on.arena.copies(UPDATES, on.scope.leaves);
  }

  /** Returns the parameters at a step size, in new arrays. */
  at(stepsize: number): unknown {
    const params = this.#on.allParams as readonly ElementArray[];
    return writeTree(this.#on.scope.whole, (leaf) => {
      const moved = (params[leaf] as ElementArray).slice();
      const update = this.#updates[leaf];
      if (update) addScaled(moved, stepsize, update);
      return moved;
    });
  }

  /** Returns the derivative along the updates, given a gradient. It is summed in double precision. */
  slope(grad: readonly ElementArray[]): number {
    let sum = 0;
    for (const leaf of this.#on.scope.leaves) {
      sum += dot(grad[leaf] as ElementArray, this.#updates[leaf] as ElementArray);
    }
    return sum;
  }

  /** Copies a gradient into a tree for the state. */
  keep(grad: readonly ElementArray[]): unknown {
    return writeTree(this.#on.scope.layout, (leaf) => (grad[leaf] as ElementArray).slice());
  }
}

/** Computes x += scalar * y, rounded as kernels round. */
const addScaled = (x: ElementArray, scalar: number, y: ElementArray): void => {
  if (elementType(x) === "float64")
    for (let i = 0; i < x.length; i++) x[i] = (x[i] as number) + scalar * (y[i] as number);
  else {
    const single = Math.fround(scalar);
    for (let i = 0; i < x.length; i++) x[i] = (x[i] as number) + Math.fround(single * (y[i] as number));
  }
};

const dot = (x: ElementArray, y: ElementArray): number => {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] as number) * (y[i] as number);
  return sum;
};
