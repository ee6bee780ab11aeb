import { GradloomError } from "../error.ts";
import type { DType } from "../pytree/dtype.ts";
import type { Leaf } from "../pytree/leaf.ts";
import { type MapOptions, mapLeaves } from "../pytree/map.ts";
import { leafLike, type Operand, operand, promote, rounding, store } from "../pytree/operand.ts";
import { isShape } from "../pytree/shape.ts";

/** An operation on the numbers at one place of up to three trees; `round` is the rounding that JAX does after each operation. */
export type Operation = (round: (x: number) => number) => (x: number, y: number, z: number) => number;

const sameShape = (a: Operand, b: Operand): boolean =>
  a.numbers.length === b.numbers.length && (!a.shaped || !b.shaped || isShape(a.shape, b.shape));

/** Reads the leaves of one place in each tree; their shapes must agree. */
export const operands = (leaves: readonly Leaf[], paths: readonly string[]): [Operand, ...Operand[]] => {
  const read = leaves.map((leaf, i) => operand(leaf, paths[i] as string)) as [Operand, ...Operand[]];
  const wrong = read.find((other) => !sameShape(read[0], other));
  if (!wrong) return read;
  throw new GradloomError("SHAPE_MISMATCH", `expected shape [${read[0].shape}], got [${wrong.shape}].`, {
    path: wrong.path,
    remedy: "Leaves at the same place have the same shape.",
  });
};

/** Returns the type in which operands are computed. */
export const commonType = (read: readonly Operand[]): DType => read.map(({ dtype }) => dtype).reduce(promote);

/** Applies an operation to every element of one to three trees of one structure. The result is a tree of new arrays like the first. */
export const elementwise = <T>(
  trees: readonly [T, ...unknown[]],
  operation: Operation,
  options?: MapOptions & { readonly dtype?: DType | null },
): T =>
  mapLeaves(
    trees,
    (leaves, paths) => {
      const read = operands(leaves, paths);
      const dtype = commonType(read);
      const apply = operation(rounding[dtype]);
      const x = read[0].numbers;
      const [, y = x, z = x] = read.map(({ numbers }) => numbers);
      const results = new Float64Array(x.length);
      for (let i = 0; i < results.length; i++) {
        results[i] = apply(x[i] as number, y[i] as number, z[i] as number);
      }
      const stored = options?.dtype ?? dtype;
      return leafLike(store(results, stored), stored, read[0]);
    },
    options,
  ) as T;
