import { define } from "../define.ts";
import type { Computation } from "../kernels/computation.ts";
import type { Numbers } from "../kernels/kernel-step.ts";
import { count, host, kernels, scratch, slot } from "../kernels/kernels.ts";
import { flag, real } from "../options.ts";
import type { Transformation } from "../plan/node.ts";
import type { ParamsLike } from "../plan/transformation.ts";
import type { LeafSpec } from "../pytree/leaf.ts";
import { PARTS, readParts, writeParts } from "./lbfgs/parts.ts";
import { Products, twoLoop } from "./lbfgs/two-loop.ts";

/** The last differences of parameters and gradients, from which the inverse Hessian is approximated. */
export interface ScaleByLBFGSState {
  readonly count: number;
  /** The parameters of the last step. */
  readonly params: ParamsLike;
  /** The gradients of the last step. */
  readonly updates: ParamsLike;
  /** Differences of parameters, `memorySize` of them along a leading axis. */
  readonly diffParamsMemory: ParamsLike;
  /** Differences of gradients. */
  readonly diffUpdatesMemory: ParamsLike;
  /** 1 / (difference of gradients · difference of parameters). */
  readonly weightsMemory: Float64Array;
}

/** The options of `scaleByLbfgs`, and of `lbfgs` among others. */
export const LBFGS_OPTIONS = {
  /** The number of differences that are stored; an integer, at least 1. */
  memorySize: { default: 10, check: real(10, { min: 1, integer: true }).check },
  /** Start from a multiple of the identity that fits the last step, rather than from the identity. */
  scaleInitPrecond: flag(true),
};

/**
 * Multiplies gradients by the inverse Hessian as the last `memorySize` steps suggest it: limited-memory BFGS.
 *
 * With w and g the differences of parameters and gradients between steps and rho = 1/(g·w): H = V'HV + rho*w*w' for each pair,
 * oldest first, V = I - rho*g*w', starting from (g·w)/(g·g) * I of the newest; at the first step from min(1, 1/norm) * I.
 * The recursion runs on inner products in double precision, also for float32 leaves, whose squares may be larger than the largest
 * float32: there Optax computes in single precision and loses the step. One pass over memory finds the products; a second one
 * combines the differences and stores the step.
 *
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.chain(gl.scaleByLbfgs(), gl.scale(-1));
 * const params = { w: new Float32Array([4]) };
 * const [updates] = tx.update({ w: new Float32Array([8]) }, tx.init(params), params);
 * console.log(updates.w[0]); // -1
 * @see Liu & Nocedal 1989, https://doi.org/10.1007/BF01589116
 */
export const scaleByLbfgs = define(
  "scaleByLbfgs",
  {},
  LBFGS_OPTIONS,
  ({ memorySize: m, scaleInitPrecond }): Transformation<ScaleByLBFGSState> => {
    const rows = ({ shape }: LeafSpec): readonly number[] => [m, ...shape];
    const newestAt = (count: number): number => (count - 1 + m) % m;

    const precondition = ({ count, weightsMemory }: ScaleByLBFGSState, on: Computation): object => {
      const products = new Products(m);
      for (const leaf of on.scope.leaves) products.add(readParts(on.slot("products", leaf)));
      const newest = newestAt(count);
      const weights = weightsMemory.slice();
      const curvature = products.ofDifferences(newest, newest);
      weights[newest] = curvature === 0 ? 0 : 1 / curvature;
      const coefficients = twoLoop(products, weights, newest, count > 0, scaleInitPrecond);
      for (const leaf of on.scope.leaves) writeParts(on.slot("coefficients", leaf), coefficients);
      return { weightsMemory: weights };
    };

    const memories = ["params", "updates", "diffParamsMemory", "diffUpdatesMemory"] as const;
    const scalars = {
      row: (state: Numbers): number => newestAt(state.count as number),
      first: (state: Numbers): number => (state.count === 0 ? 1 : 0),
    };

    return kernels({
      name: "scaleByLbfgs",
      type: "ScaleByLBFGSState",
      state: {
        count: count(),
        params: slot(),
        updates: slot(),
        diffParamsMemory: slot({ shape: rows }),
        diffUpdatesMemory: slot({ shape: rows }),
        weightsMemory: host(new Float64Array(m)),
        products: scratch({ shape: () => [PARTS, Products.count(m)] }),
        coefficients: scratch({ shape: () => [PARTS, 2 * m + 1] }),
      },
      steps: [
        {
          leafwise: "lbfgs_products",
          slots: [...memories, "products"],
          scalars,
        },
        { compute: precondition, arrays: "slots" },
        { leafwise: "lbfgs_combine", slots: [...memories, "coefficients"], scalars },
      ],
    });
  },
);
