import { GradloomError } from "../error.ts";
import type { PlanBuilder } from "../plan/builder.ts";
import type { MatrixAxes } from "../plan/kernel-segment.ts";
import type { Layout } from "../pytree/layout.ts";
import type { LeafSpec } from "../pytree/leaf.ts";
import { broadcastPrefix, type PrefixKind } from "../pytree/prefix.ts";

/** Which axes of an array are the rows of a matrix, and which its columns. */
export interface DimensionNumbers {
  readonly reductionAxis: number | readonly number[];
  readonly outputAxis: number | readonly number[];
}

/** Where each axis specification stands in a tree; null for leaves that are no matrices. */
// biome-ignore lint/suspicious/noExplicitAny: a function of the caller's own tree
export type DimensionNumbersTree<D> = D | null | object | ((params: any) => unknown);

const refuse = (leaf: LeafSpec, problem: string): never => {
  throw new GradloomError("INVALID_HYPERPARAMETER", `${problem} of a leaf of shape [${leaf.shape}].`, {
    path: `params.${leaf.path}`,
    remedy: "Give its dimension numbers, or null to leave it out.",
  });
};

/** Axes from 0, increasing. */
const normalize = (axes: number | readonly number[], leaf: LeafSpec): number[] => {
  const rank = leaf.shape.length;
  const list = [axes].flat();
  if (!list.every((axis) => Number.isInteger(axis) && axis >= -rank && axis < rank)) {
    refuse(leaf, `there is no axis ${list.join()}`);
  }
  return list.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
};

/** The rows and columns of a leaf that dimension numbers speak of. */
export const matrixAxes = (
  leaf: LeafSpec,
  { reductionAxis, outputAxis }: DimensionNumbers,
): Required<MatrixAxes> => {
  if (leaf.shape.length < 2) refuse(leaf, "two axes are needed for a matrix");
  const [axes, columns] = [normalize(reductionAxis, leaf), normalize(outputAxis, leaf)];
  if (new Set([...axes, ...columns]).size < axes.length + columns.length) {
    refuse(leaf, `axes ${axes.join()} and ${columns.join()} overlap`);
  }
  return { axes, columns };
};

/** The dimension numbers of each leaf of a tree, from a tree of them, a prefix of one, or a function that makes one. */
export const dimensionNumbersOf = <D extends DimensionNumbers>(
  given: DimensionNumbersTree<D>,
  kind: new (...args: never[]) => D,
  tree: unknown,
  { def }: Layout,
  path: string,
): (D | null)[] => {
  const spread: PrefixKind<D | null> = {
    is: (value): value is D | null => value === null || value instanceof kind,
    masked: null,
    code: "INVALID_HYPERPARAMETER",
    noun: `A tree of ${kind.name} and null`,
  };
  return broadcastPrefix(typeof given === "function" ? given(tree) : given, def, path, spread);
};

/** The same once for each plan. */
export const perPlan = <T>(evaluate: (builder: PlanBuilder) => T): ((builder: PlanBuilder) => T) => {
  const known = new WeakMap<PlanBuilder, T>();
  return (builder) => {
    if (!known.has(builder)) known.set(builder, evaluate(builder));
    return known.get(builder) as T;
  };
};
