import { type IntegerArray, newIntegers } from "../pytree/dtype.ts";
import { type Layout, pathIn } from "../pytree/layout.ts";
import { cannotCompute, type IntegerSpec } from "../pytree/leaf.ts";

/**
 * What a plan makes of the leaves of integers: they are in no set, and no kernel works on them. Their updates pass as they are, are zero,
 * or are refused because a transformation would have to compute with them.
 */
export class IntegerLeaves {
  readonly #layout: Layout;
  /** By the number of a leaf the name of the first transformation that would compute with it, null where its update is zero. */
  readonly #fates = new Map<number, string | null>();
  #inBranch = false;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** Marks leaves as needed by a transformation. */
  use(leaves: readonly number[], name: string): void {
    for (const leaf of leaves) this.#fates.set(leaf, this.#fates.get(leaf) ?? name);
  }

  /** Sets the updates of leaves to zero, whatever came before. In a branch, which need not run, the transformation needs the leaves. */
  zero(leaves: readonly number[], name: string): void {
    if (this.#inBranch) this.use(leaves, name);
    else for (const leaf of leaves) this.#fates.set(leaf, null);
  }

  /** Lowers a branch that does not run in every step. */
  branch(lower: () => void): void {
    const outer = this.#inBranch;
    this.#inBranch = true;
    lower();
    this.#inBranch = outer;
  }

  /** Returns the update of a leaf in a new array, null where there is no gradient. */
  update(leaf: number, gradients: readonly ArrayBufferView[]): IntegerArray | null {
    const gradient = gradients[leaf] as IntegerArray | undefined;
    return gradient ? newIntegers(gradient, this.#isZero(leaf)) : null;
  }

  #isZero(leaf: number): boolean {
    return this.#fates.get(leaf) === null;
  }

  /** Throws where a leaf has a gradient, and a transformation would have to compute with it. */
  refuseUsed(gradients: readonly ArrayBufferView[], root: string): void {
    for (const [leaf, name] of this.#fates) {
      if (name === null || !gradients[leaf]) continue;
      const { array, path } = this.#layout.integers[leaf - this.#layout.leaves.length] as IntegerSpec;
      throw cannotCompute(array, pathIn(root, path), hideFrom(name));
    }
  }

  /** Throws where a leaf would not stay as it is if gradients were applied. */
  refuseChanges(gradients: readonly ArrayBufferView[], root: string): void {
    this.refuseUsed(gradients, root);
    const { leaves, integers } = this.#layout;
    integers.forEach(({ array, path }, i) => {
      const gradient = gradients[leaves.length + i] as IntegerArray | undefined;
      if (!gradient || this.#isZero(leaves.length + i)) return;
      if (Array.prototype.some.call(gradient, Boolean)) {
        throw cannotCompute(array, pathIn(root, path), ", and null as the gradient of integers");
      }
    });
  }
}

const hideFrom = (name: string): string =>
  `; give null as the gradient of integers, or hide them from ${name} with masked, partition or selectiveTransform`;
