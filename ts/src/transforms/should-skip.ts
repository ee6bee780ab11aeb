import { reduceTree } from "../run/reduce-tree.ts";

/** Returns whether `MultiSteps` skips a gradient, and a record of that for its state. */
export type ShouldSkipUpdateFunction = (
  updates: unknown,
  gradientStep: number,
  params: unknown,
) => readonly [skip: boolean, state: object];

/**
 * For `MultiSteps`: skips gradients with an element that is infinite or not a number.
 *
 * @example
 * const tx = new gl.MultiSteps(gl.adam(1e-3), 4, { shouldSkipUpdateFn: gl.skipNotFinite });
 */
export const skipNotFinite = (
  updates: unknown,
  _gradientStep?: number,
  _params?: unknown,
): readonly [boolean, { readonly shouldSkip: boolean; readonly numNotFinite: number }] => {
  const numNotFinite = reduceTree("not_finite", updates);
  const shouldSkip = numNotFinite > 0;
  return [shouldSkip, { shouldSkip, numNotFinite }];
};

/**
 * For `MultiSteps`: skips gradients whose squared norm is not below a bound, so NaN as well.
 *
 * @param maxSquaredNorm - the bound of the sum of squares
 * @example
 * const tx = new gl.MultiSteps(gl.adam(1e-3), 4, {
 *   shouldSkipUpdateFn: (updates, gradientStep, params) => gl.skipLargeUpdates(updates, gradientStep, params, 100),
 * });
 */
export const skipLargeUpdates = (
  updates: unknown,
  _gradientStep: number | undefined,
  _params: unknown,
  maxSquaredNorm: number,
): readonly [boolean, { readonly shouldSkip: boolean; readonly normSquared: number }] => {
  const normSquared = reduceTree("squared_norm", updates);
  const shouldSkip = !(normSquared < maxSquaredNorm);
  return [shouldSkip, { shouldSkip, normSquared }];
};
