import { GradloomError } from "../error.ts";
import { flag, type OptionsOf, parse, real } from "../options.ts";
import { leafLike, type Operand, operand, store } from "../pytree/operand.ts";
import { sizeOf } from "../pytree/shape.ts";
import { flatten, unflatten } from "../pytree/tree-def.ts";

const OPTIONS = {
  /** Whether all leaves have the same share of the norm, rather than one according to their sizes. */
  uniform: flag(true),
};

const BOUND = real(1, { min: 0 });

const readBatch = (grads: unknown, root: string) => {
  const { leaves, paths, def } = flatten(grads, root);
  const arrays = leaves.map((leaf, i) => operand(leaf, paths[i] as string));
  const batch = arrays[0]?.shape[0];
  for (const { shape, path } of arrays) {
    if (shape.length > 0 && shape[0] === batch) continue;
    throw new GradloomError("SHAPE_MISMATCH", `expected a first axis of ${batch} examples, got [${shape}].`, {
      path,
      remedy: "Every leaf holds one gradient per example, along its first axis.",
    });
  }
  return { arrays, def, batch: batch ?? 0 };
};

/** Returns the sum over the examples of one leaf, each multiplied by its factor. */
const weightedSum = ({ numbers, shape, dtype }: Operand, factors: readonly number[]) => {
  const rest = shape.slice(1);
  const sum = new Float64Array(sizeOf(rest));
  factors.forEach((factor, example) => {
    const start = example * sum.length;
    for (let i = 0; i < sum.length; i++)
      sum[i] = (sum[i] as number) + factor * (numbers[start + i] as number);
  });
  return leafLike(store(sum, dtype), dtype, { shape: rest, shaped: true });
};

/** Returns for each example the factor that scales its gradient down to the bound; 1 where its norm is NaN. */
const factorsOf = (arrays: readonly Operand[], batch: number, bound: number): number[] =>
  Array.from({ length: batch }, (_, example) => {
    let squares = 0;
    for (const { numbers } of arrays) {
      const size = numbers.length / batch;
      for (const x of numbers.subarray(example * size, (example + 1) * size)) squares += x * x;
    }
    const factor = Math.min(bound / Math.sqrt(squares), 1);
    return Number.isNaN(factor) ? 1 : factor;
  });

const below1 = (factors: readonly number[]): number => factors.filter((factor) => factor < 1).length;

/**
 * Clips the gradient of each example to a norm over all leaves, and sums over the examples.
 *
 * With n the norm of an example's gradient, the sum of min(l2NormClip / n, 1) * g.
 *
 * @param grads - a tree whose leaves hold one gradient per example, along their first axis
 * @param l2NormClip - the largest norm of one example; at least 0
 * @returns the sum, a tree without the first axes, and the number of examples that were clipped
 * @throws GradloomError `SHAPE_MISMATCH` where leaves differ in the number of examples
 * @example
 * const grads = { w: gl.tensor(new Float32Array([3, 4, 0.5, 0]), [2, 2]) };
 * const [sum, clipped] = gl.perExampleGlobalNormClip(grads, 1);
 * console.log(sum.w.data, clipped); // Float32Array(2) [ 1.1, 0.8 ] 1
 * @see Abadi et al. 2016, https://arxiv.org/abs/1607.00133
 */
export const perExampleGlobalNormClip = <T>(grads: T, l2NormClip: number): [sum: T, clipped: number] => {
  const bound = BOUND.check(l2NormClip, "perExampleGlobalNormClip.l2NormClip");
  const { arrays, def, batch } = readBatch(grads, "grads");
  const factors = factorsOf(arrays, batch, bound);
  return [unflatten(def, (i) => weightedSum(arrays[i] as Operand, factors)) as T, below1(factors)];
};

/**
 * Clips the gradient of each example leaf by leaf, so that its norm over all leaves has a bound, and sums over the examples.
 *
 * A leaf's bound is globalL2NormClip * sqrt(1 / number of leaves), or with `uniform` off globalL2NormClip * sqrt(share of all elements).
 *
 * @param grads - a tree whose leaves hold one gradient per example, along their first axis
 * @param globalL2NormClip - the largest norm of one example; at least 0
 * @returns the sum, a tree without the first axes, and a tree of the numbers of examples that were clipped
 * @throws GradloomError `SHAPE_MISMATCH` where leaves differ in the number of examples
 * @example
 * const grads = { w: gl.tensor(new Float32Array([3, 4, 0.5, 0]), [2, 2]) };
 * const [sum, clipped] = gl.perExampleLayerNormClip(grads, 1);
 * console.log(sum.w.data, clipped); // Float32Array(2) [ 1.1, 0.8 ] { w: 1 }
 * @see McMahan et al. 2018, https://arxiv.org/abs/1710.06963
 */
export const perExampleLayerNormClip = <T>(
  grads: T,
  globalL2NormClip: number,
  options?: OptionsOf<typeof OPTIONS>,
): [sum: T, clipped: unknown] => {
  const { uniform } = parse("perExampleLayerNormClip", OPTIONS, options);
  const bound = BOUND.check(globalL2NormClip, "perExampleLayerNormClip.globalL2NormClip");
  const { arrays, def, batch } = readBatch(grads, "grads");
  const total = arrays.reduce((size, { numbers }) => size + numbers.length, 0);
  const factors = arrays.map((array) => {
    const share = uniform ? 1 / arrays.length : array.numbers.length / total;
    return factorsOf([array], batch, bound * Math.sqrt(share));
  });
  const sum = unflatten(def, (i) => weightedSum(arrays[i] as Operand, factors[i] as number[]));
  return [sum as T, unflatten(def, (i) => below1(factors[i] as number[]))];
};
