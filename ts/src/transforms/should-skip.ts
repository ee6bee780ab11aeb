import { reduceTree } from "../run/reduce-tree.ts";

/** Returns whether `MultiSteps` skips a gradient, and a record of that for its state. */
export type ShouldSkipUpdateFunction = (
  updates: unknown,
  gradientStep: number,
  params: unknown,
) => readonly [skip: boolean, state: object];

/**
 * Skips gradients with an element that is infinite or NaN: a `shouldSkipUpdateFn` of `MultiSteps`.
 *
 * @example
 * const tx = new gl.MultiSteps(gl.adam(1e-3), 4, { shouldSkipUpdateFn: gl.skipNotFinite });
 */
export const skipNotFinite = (
  updates: unknown,
  _gradientStep?: number,
  _params?: unknown,
): readonly [boolean, { readonly shouldSkip: boolean; readonly numNotFinite: number }] => {
  const numNotFinite = reduceTree("not_finite", updates, "updates");
  const shouldSkip = numNotFinite > 0;
  return [shouldSkip, { shouldSkip, numNotFinite }];
};

/**
 * Skips gradients whose squared norm is NaN or not below a bound: for a `shouldSkipUpdateFn` of `MultiSteps`.
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
  const normSquared = reduceTree("squared_norm", updates, "updates");
  const shouldSkip = !(normSquared < maxSquaredNorm);
  return [shouldSkip, { shouldSkip, normSquared }];
};
