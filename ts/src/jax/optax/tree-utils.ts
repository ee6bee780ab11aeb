import { type DType, type JsTree, numpy as np } from "@jax-js/jax";
import { GradloomError } from "../../error.ts";
import { arraysOf, mapTree, mapTrees } from "../map-trees.ts";

/** The order of a norm: 2, which is also that of null, 1, or the greatest magnitude. */
export type NormOrd = 1 | 2 | "inf" | "infinity" | number | null;

/**
 * Makes a tree of zeros in the form of another one, which is consumed.
 *
 * @param dtype - the dtype of the result, by default that of each leaf
 * @example
 * import { numpy as np } from "@jax-js/jax";
 * import { treeZerosLike } from "gradloom/jax/optax";
 * console.log(treeZerosLike({ w: np.array([1, 2]) }).w.js()); // [0, 0]
 */
export const treeZerosLike = (tr: JsTree<np.Array>, dtype?: DType): JsTree<np.Array> =>
  mapTree((leaf) => np.zerosLike(leaf, dtypeOption(dtype)), tr);

/**
 * Makes a tree of ones in the form of another one, which is consumed.
 *
 * @param dtype - the dtype of the result, by default that of each leaf
 * @example
 * import { numpy as np } from "@jax-js/jax";
 * import { treeOnesLike } from "gradloom/jax/optax";
 * console.log(treeOnesLike({ w: np.array([3, 4]) }).w.js()); // [1, 1]
 */
export const treeOnesLike = (tr: JsTree<np.Array>, dtype?: DType): JsTree<np.Array> =>
  mapTree((leaf) => np.onesLike(leaf, dtypeOption(dtype)), tr);

const dtypeOption = (dtype: DType | undefined): { dtype?: DType } => (dtype === undefined ? {} : { dtype });

/** Returns a whole power of an array, which is consumed. */
const powerOf = (array: np.Array, order: number): np.Array => {
  let power = array.ref;
  for (let i = 1; i < order; i++) power = power.mul(array.ref);
  array.dispose();
  return power;
};

/**
 * Takes moving averages of powers of the updates one step further: decay * m + (1 - decay) * g^order. Both trees are consumed.
 *
 * @param decay - the share of the average that is kept
 * @param order - a whole number, at least 1
 * @throws GradloomError `INVALID_HYPERPARAMETER` where the order is none, `STRUCTURE_MISMATCH` where the trees differ; nothing is consumed
 *   then
 * @example
 * import { numpy as np } from "@jax-js/jax";
 * import { treeUpdateMoment } from "gradloom/jax/optax";
 * console.log(treeUpdateMoment(np.array([2]), np.array([0]), 0.75, 2).js()); // [1]
 */
export const treeUpdateMoment = (
  updates: JsTree<np.Array>,
  moments: JsTree<np.Array>,
  decay: number,
  order: number,
): JsTree<np.Array> => {
  if (!Number.isInteger(order) || order <= 0) {
    throw new GradloomError("INVALID_HYPERPARAMETER", "Order must be a positive integer.", {
      path: "treeUpdateMoment.order",
      remedy: "Pass 1 for the mean, 2 for the mean of squares.",
    });
  }
  const next = (g: np.Array, m: np.Array) =>
    powerOf(g, order)
      .mul(1 - decay)
      .add(m.mul(decay));
  return mapTrees(next, [updates, moments], ["updates", "moments"]);
};

/** Computes 1 - exp(x) for x <= 0 without cancellation: jax-js computes powers and exponentials to some 2e-5 of their values. */
const oneMinusExp = (x: np.Array): np.Array => {
  let series = np.onesLike(x.ref);
  for (let k = 9; k > 1; k--) series = series.mul(x.ref).div(k).add(1);
  const near = series.mul(x.ref).neg();
  const far = np.exp(x.ref).neg().add(1);
  return np.where(np.greater(x, -0.5), near, far);
};

/**
 * Divides moments by 1 - decay^count: they start from zero, and are too small by this factor. The tree and the count are consumed. It can be
 * traced, and is exact to single precision where decay^count is close to 1.
 *
 * @param count - the number of steps, at least 1
 * @example
 * import { numpy as np } from "@jax-js/jax";
 * import { treeBiasCorrection } from "gradloom/jax/optax";
 * console.log(treeBiasCorrection(np.array([0.25]), 0.75, np.array(1)).js()); // [1]
 */
export const treeBiasCorrection = (
  moments: JsTree<np.Array>,
  decay: number,
  count: np.Array,
): JsTree<np.Array> => {
  arraysOf(moments, "moments"); // Throws before the count is consumed.
  const factor = oneMinusExp(count.astype(np.float32).mul(Math.log(decay)));
  const corrected = mapTree((m) => m.div(factor.ref.astype(m.dtype)), moments, "moments");
  factor.dispose();
  return corrected;
};

/**
 * Sums all elements of a tree, which is consumed.
 *
 * @example
 * import { numpy as np } from "@jax-js/jax";
 * import { treeSum } from "gradloom/jax/optax";
 * console.log(treeSum({ a: np.array([1, 2]), b: np.array([3]) }).js()); // 6
 */
export const treeSum = (tr: JsTree<np.Array>): np.Array =>
  arraysOf(tr).reduce((total, leaf) => total.add(np.sum(leaf)), np.array(0));

/**
 * Returns the greatest element of a tree, which is consumed; -Infinity where there is none.
 *
 * @example
 * import { numpy as np } from "@jax-js/jax";
 * import { treeMax } from "gradloom/jax/optax";
 * console.log(treeMax({ a: np.array([1, 2]), b: np.array([-3]) }).js()); // 2
 */
export const treeMax = (tr: JsTree<np.Array>): np.Array =>
  arraysOf(tr).reduce((most, leaf) => np.maximum(most, np.max(leaf)), np.array(Number.NEGATIVE_INFINITY));

/**
 * Computes the norm of all elements of a tree, which is consumed.
 *
 * @param ord - the order, by default 2
 * @param squared - whether the result is squared, by default false
 * @throws GradloomError `INVALID_HYPERPARAMETER` for another order; nothing is consumed then
 * @example
 * import { numpy as np } from "@jax-js/jax";
 * import { treeNorm } from "gradloom/jax/optax";
 * console.log(treeNorm({ a: np.array([3]), b: np.array([-4]) }).js()); // 5
 */
export const treeNorm = (tr: JsTree<np.Array>, ord: NormOrd = null, squared = false): np.Array => {
  switch (ord) {
    case null:
    case 2: {
      const sum = treeSum(mapTree((leaf) => np.square(leaf), tr));
      return squared ? sum : np.sqrt(sum);
    }
    case 1: {
      const sum = treeSum(mapTree((leaf) => np.abs(leaf), tr));
      return squared ? np.square(sum) : sum;
    }
    case "inf":
    case "infinity":
    case Number.POSITIVE_INFINITY: {
      const most = treeMax(mapTree((leaf) => np.abs(leaf), tr));
      return squared ? np.square(most) : most;
    }
    default:
      throw new GradloomError("INVALID_HYPERPARAMETER", `Unsupported ord: ${ord}.`, {
        path: "treeNorm.ord",
        remedy: 'Pass 1, 2 or "inf".',
      });
  }
};
