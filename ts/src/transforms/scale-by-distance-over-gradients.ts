import { define } from "../define.ts";
import type { NumericComputation } from "../kernels/computation.ts";
import { derived, kernels, perLeaf, slot } from "../kernels/kernels.ts";
import { dtype, maybe, real } from "../options.ts";
import type { ParamsLike, PerLeaf } from "../plan/transformation.ts";
import { dataOf, type Leaf } from "../pytree/leaf.ts";
import { flatten, unflatten } from "../pytree/tree-def.ts";

/** For each leaf its greatest distance from its initial value and the sum of its squared gradients; and the initial parameters. */
export interface ScaleByDistanceOverGradientsState {
  readonly maxDist: PerLeaf<number>;
  readonly gradSumOfSquares: PerLeaf<number>;
  readonly initParams: ParamsLike;
}

const norm = (leaf: Leaf): number => {
  let squares = 0;
  for (const x of dataOf(leaf)) squares += x * x;
  return Math.sqrt(squares);
};

/**
 * Scales each leaf by how far it has moved over the root of its summed squared gradients: layer-wise DoG.
 *
 * Per leaf: d = max(d, norm(p - p0)), at first repsRel * (1 + norm(p0)); s = s + norm(u)²; the result is
 * globalScale * d / sqrt(s + eps) * u.
 *
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.chain(gl.scaleByDistanceOverGradients(), gl.scale(-1));
 * const params = { w: new Float32Array([3, 4]) };
 * console.log(tx.init(params)[0].maxDist.w.toExponential(1)); // 6.0e-6
 * @see Ivgi et al. 2023, https://arxiv.org/abs/2302.12022
 */
export const scaleByDistanceOverGradients = define(
  "scaleByDistanceOverGradients",
  {},
  {
    /** The first distance, as a share of one more than the norm of the parameters; greater than 0. */
    repsRel: real(1e-6, { above: 0 }),
    /** Added inside the root; at least 0. */
    eps: real(1e-8, { min: 0 }),
    /** Storage of the first parameters, by default that of the parameters. */
    paramDtype: maybe(dtype),
    /** Multiplies every step. */
    globalScale: real(1),
  },
  ({ repsRel, eps, paramDtype, globalScale }) => {
    const firstDistances = (params: unknown): unknown => {
      const { leaves, def } = flatten(params, "params");
      return unflatten(def, (i) => repsRel * (1 + norm(leaves[i] as Leaf)));
    };
    return kernels<ScaleByDistanceOverGradientsState>({
      name: "scaleByDistanceOverGradients",
      type: "ScaleByDistanceOverGradientsState",
      state: {
        maxDist: derived(firstDistances),
        gradSumOfSquares: perLeaf(0),
        initParams: slot({ dtype: paramDtype, initial: "params" }),
      },
      steps: [
        { reduce: "squared_norm", scope: "leaf", as: "squaredNorm" },
        { reduce: "squared_distance", slots: { from: "initParams" }, scope: "leaf", as: "squaredDistance" },
        {
          compute: (_: ScaleByDistanceOverGradientsState, on: NumericComputation) => {
            const largest = (past: number, leaf: number) =>
              Math.max(past, Math.sqrt(on.reduced("squaredDistance", leaf)));
            const sum = (past: number, leaf: number) => past + on.reduced("squaredNorm", leaf);
            const assigned = (name: string, next: (past: number, leaf: number) => number) =>
              on.perLeaf(name, (past: number, leaf) => {
                const value = next(past, leaf);
                on.assign(name, leaf, value);
                return value;
              });
            return {
              maxDist: assigned("maxDist", largest),
              gradSumOfSquares: assigned("gradSumOfSquares", sum),
            };
          },
          assigns: ["maxDist", "gradSumOfSquares"],
        },
        {
          map: "scale_by_distance_over_gradients",
          slots: [],
          scalars: {
            maxDist: { reduced: "maxDist" },
            gradSumOfSquares: { reduced: "gradSumOfSquares" },
            eps,
            globalScale,
          },
        },
      ],
    });
  },
);
