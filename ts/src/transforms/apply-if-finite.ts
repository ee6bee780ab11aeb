import { asNode } from "../kernels/as-node.ts";
import type { NumericComputation } from "../kernels/computation.ts";
import { host, kernels } from "../kernels/kernels.ts";
import { safeIncrement } from "../kernels/safe-increment.ts";
import { real, required } from "../options.ts";
import type { Transformation } from "../plan/node.ts";
import type { GradientTransformation } from "../plan/transformation.ts";

/** The counts of steps whose updates were not finite, and the state of the transformation inside. */
export interface ApplyIfFiniteState<S> {
  /** The number of consecutive steps, up to the last, whose updates were not finite. */
  readonly notfiniteCount: number;
  /** Whether the last updates were finite. */
  readonly lastFinite: boolean;
  /** The number of all steps whose updates were not finite. */
  readonly totalNotfinite: number;
  readonly innerState: S;
}

type Counts = Omit<ApplyIfFiniteState<unknown>, "innerState">;

const after = ({ notfiniteCount, totalNotfinite }: Counts, lastFinite: boolean): Counts => ({
  notfiniteCount: lastFinite ? 0 : safeIncrement(notfiniteCount),
  lastFinite,
  totalNotfinite: lastFinite ? totalNotfinite : safeIncrement(totalNotfinite),
});

/**
 * Takes no step where an update is not finite: all updates become zero and the state inside stays as it is.
 *
 * After `maxConsecutiveErrors` such steps in a row the next ones are taken anyway, so that a divergence becomes visible.
 *
 * @param inner - the transformation
 * @param maxConsecutiveErrors - an integer, at least 0
 * @throws GradloomError `INVALID_HYPERPARAMETER` where an argument is out of range
 * @example
 * const tx = gl.applyIfFinite(gl.sgd(0.1), 2);
 * const params = { w: new Float32Array([1]) };
 * const [updates, state] = tx.update({ w: new Float32Array([Number.NaN]) }, tx.init(params), params);
 * console.log(updates.w[0], state.totalNotfinite); // 0 1
 */
export const applyIfFinite = <S>(
  inner: GradientTransformation<S>,
  maxConsecutiveErrors: number,
): Transformation<ApplyIfFiniteState<S>> => {
  const name = "applyIfFinite";
  required(name, "maxConsecutiveErrors", real(0, { min: 0, integer: true }), maxConsecutiveErrors);
  return kernels({
    name,
    type: "ApplyIfFiniteState",
    state: { notfiniteCount: host(0), lastFinite: host(true), totalNotfinite: host(0) },
    steps: [
      { reduce: "not_finite", scope: "tree", as: "notFinite" },
      {
        switch: (before: Counts, on: NumericComputation) => {
          const counts = after(before, on.reduced("notFinite") === 0);
          return [counts.lastFinite || counts.notfiniteCount > maxConsecutiveErrors ? 0 : 1, counts] as const;
        },
        branches: [[{ inner: asNode(inner, `${name}.inner`), as: "innerState" }], [{ map: "set_to_zero" }]],
      },
    ],
  });
};
