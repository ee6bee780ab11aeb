import type { numpy as np } from "@jax-js/jax";
import { type TreeDef, unflatten } from "../pytree/tree-def.ts";

/** The arrays of the parameters, which users of a training state compute with. */
export interface ParamArrays {
  /** Returns the tree of the arrays after the last step. */
  tree(): unknown;
  /** Marks the arrays as those before the last step. */
  step(): void;
  /** Releases the arrays. */
  dispose(): void;
}

const treeOf = (def: TreeDef, arrays: readonly np.Array[]): unknown => unflatten(def, (i) => arrays[i]);

const release = (array: np.Array | undefined): void => {
  if (array && array.refCount > 0) array.dispose();
};

/** Copies of the parameters, made where someone asks for them after a step. Whoever holds references to older ones keeps their values. */
export class CopiedArrays implements ParamArrays {
  readonly #def: TreeDef;
  readonly #count: number;
  readonly #make: (leaves: readonly number[]) => readonly np.Array[];
  #arrays: np.Array[] = [];

  /** @param make - makes the arrays of some leaves: all of them, or none */
  constructor(def: TreeDef, count: number, make: (leaves: readonly number[]) => readonly np.Array[]) {
    this.#def = def;
    this.#count = count;
    this.#make = make;
  }

  tree(): unknown {
    const leaves = Array.from({ length: this.#count }, (_, i) => i);
    const gone = leaves.filter((i) => (this.#arrays[i]?.refCount ?? 0) === 0);
    const made = this.#make(gone);
    gone.forEach((i, k) => {
      this.#arrays[i] = made[k] as np.Array;
    });
    return treeOf(this.#def, this.#arrays);
  }

  step(): void {
    this.#arrays.forEach(release);
    this.#arrays = [];
  }

  dispose(): void {
    this.step();
  }
}

/** The same arrays for all steps, which write into their buffers. A reference of each that nobody can consume keeps its buffer. */
export class LiveArrays implements ParamArrays {
  readonly #def: TreeDef;
  readonly #arrays: readonly np.Array[];
  #shown = false;

  constructor(def: TreeDef, arrays: readonly np.Array[]) {
    this.#def = def;
    this.#arrays = arrays;
  }

  tree(): unknown {
    this.#shown = true;
    for (const array of this.#arrays) if (array.refCount < 2) array.ref;
    return treeOf(this.#def, this.#arrays);
  }

  step(): void {}

  dispose(): void {
    this.#arrays.forEach(release);
    if (this.#shown) this.#arrays.forEach(release);
  }
}
