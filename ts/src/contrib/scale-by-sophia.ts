import { define } from "../define.ts";
import { asNode, transformation } from "../kernels/as-node.ts";
import type { NumericComputation } from "../kernels/computation.ts";
import type { KernelStep } from "../kernels/kernel-spec.ts";
import { count, kernels, scratch, slot } from "../kernels/kernels.ts";
import { decay, dtype, flag, maybe, real } from "../options.ts";
import type { Transformation } from "../plan/node.ts";
import type { GradientTransformation, ParamsLike } from "../plan/transformation.ts";
import type { LeafSpec } from "../pytree/leaf.ts";
import { debias } from "../transforms/moments.ts";
import { type HutchinsonState, hutchinsonEstimatorDiagHessian } from "./hutchinson-estimator-diag-hessian.ts";

/** Steps so far, the momentum, the moving average of the Hessian's diagonal, and the state of its estimator. */
export interface SophiaState<H = HutchinsonState> {
  readonly count: number;
  readonly mu: ParamsLike;
  readonly nu: ParamsLike;
  readonly hessianFnState: H;
}

/** The options of `scaleBySophia`, and of `sophia` among others. */
export const SOPHIA_OPTIONS = {
  /** Decay of the momentum, in [0, 1]. */
  b1: decay(0.965),
  /** Decay of the average of the diagonal, in [0, 1], each time it is estimated. */
  b2: decay(0.99),
  /** The least divisor; greater than 0. */
  eps: real(1e-8, { above: 0 }),
  /** The factor for the diagonal; greater than 0. */
  gamma: real(0.01, { above: 0 }),
  /** The greatest magnitude of an update; at least 0. Null for none. */
  clipThreshold: { ...maybe(real(1, { min: 0 })), default: 1 as number | null },
  /** The number of steps from one estimate of the diagonal to the next; an integer, at least 1. */
  updateInterval: real(10, { min: 1, integer: true }),
  /** The transformation that turns gradients into an estimate of the diagonal; by default `hutchinsonEstimatorDiagHessian()`. */
  hessianDiagonalFn: { ...transformation, default: undefined as GradientTransformation | undefined },
  /** Storage of the momentum, by default that of the parameters. */
  muDtype: maybe(dtype),
  /** Print on the console which part of the updates was not clipped. */
  verbose: flag(false),
  /** The number of steps between two prints; an integer, at least 0, and 0 for never. */
  printWinRateEveryNSteps: real(0, { min: 0, integer: true }),
};

const sizeOf = ({ scope }: NumericComputation): number =>
  scope.leaves.reduce((total, leaf) => total + (scope.whole.leaves[leaf] as LeafSpec).size, 0);

/**
 * Scales updates as Sophia does: momentum divided by an estimate of the Hessian's diagonal, clipped.
 *
 * m = b1*m + (1-b1)*u; the result is clip(m / (1-b1^t) / max(gamma*h, eps), -clipThreshold, clipThreshold). Every `updateInterval`
 * steps, from the first, h = b2*h + (1-b2)*diagonal; the current step still uses the old h.
 *
 * `hessianDiagonalFn` gets the gradients and the extra arguments: the default needs `hvpFn`, see
 * `hutchinsonEstimatorDiagHessian`, at the steps where it estimates.
 *
 * @see Liu et al. 2023, https://arxiv.org/abs/2305.14342
 */
export const scaleBySophia = define(
  "scaleBySophia",
  {},
  SOPHIA_OPTIONS,
  ({ b1, b2, eps, gamma, updateInterval, muDtype, verbose, ...options }): Transformation<SophiaState> => {
    const clip = options.clipThreshold ?? Number.POSITIVE_INFINITY;
    const every = options.printWinRateEveryNSteps;
    const estimator = options.hessianDiagonalFn ?? hutchinsonEstimatorDiagHessian();
    const print = ({ count }: { count: number }, on: NumericComputation): object => {
      if ((count + 1) % every === 0) {
        console.info(`scaleBySophia: ${on.reduced("within") / sizeOf(on)} of the updates were not clipped`);
      }
      return {};
    };
    const report: readonly KernelStep[] = [
      { reduce: "within", scalars: { bound: clip }, scope: "tree", as: "within" },
      { compute: print },
    ];
    const reports = verbose && every > 0 && options.clipThreshold !== null;
    return kernels({
      name: "scaleBySophia",
      type: "SophiaState",
      params: true,
      state: { count: count(), mu: slot({ dtype: muDtype }), nu: slot(), kept: scratch() },
      steps: [
        {
          map: "scale_by_sophia",
          scalars: {
            b1,
            oneMinusB1: 1 - b1,
            c1: debias(b1),
            gamma,
            eps,
            clip,
          },
        },
        ...(reports ? report : []),
        {
          switch: ({ count }: { count: number }) => [count % updateInterval === 0 ? 0 : -1, {}] as const,
          branches: [
            [
              { map: "exchange", slots: ["kept"] },
              { inner: asNode(estimator, "scaleBySophia.hessianDiagonalFn"), as: "hessianFnState" },
              { map: "sophia_hessian", slots: ["nu", "kept"], scalars: { b2, oneMinusB2: 1 - b2 } },
            ],
          ],
        },
      ],
    });
  },
);
