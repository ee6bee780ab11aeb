import { recognizeNamesakes } from "../brand.ts";
import { spreadPrefixArgument } from "../combine/prefix-argument.ts";
import { type Made, needsNew } from "../define.ts";
import { GradloomError } from "../error.ts";
import type { MatrixAxes } from "../kernels/kernel-step.ts";
import type { Target } from "../plan/scope.ts";
import type { LeafSpec } from "../pytree/leaf.ts";
import type { PrefixKind } from "../pytree/prefix.ts";

/** The axes of an array that are the rows of a matrix, and those that are its columns. */
export abstract class DimensionNumbers {
  /** The axes that a product with the weight sums over; by default 0. */
  readonly reductionAxis: number | readonly number[];
  /** The axes of the product's result; by default 1. */
  readonly outputAxis: number | readonly number[];

  constructor(axes?: Partial<DimensionNumbers>) {
    const { reductionAxis = 0, outputAxis = 1 } = axes ?? {};
    this.reductionAxis = reductionAxis;
    this.outputAxis = outputAxis;
  }
}

/** The class behind `GaLoreDimensionNumbers`. */
class GaLoreDimensionNumbersClass extends DimensionNumbers {}

/**
 * The axes of a weight that are the rows of the matrix that GaLore projects, and those that are its columns; every axis is one or the other.
 *
 * @example
 * const attention = new gl.contrib.GaLoreDimensionNumbers({ reductionAxis: 0, outputAxis: [1, 2] });
 * console.log(attention.outputAxis); // [1, 2]
 */
export const GaLoreDimensionNumbers: Made<typeof GaLoreDimensionNumbersClass, GaLoreDimensionNumbers> =
  needsNew("GaLoreDimensionNumbers", GaLoreDimensionNumbersClass);

export interface GaLoreDimensionNumbers extends GaLoreDimensionNumbersClass {}

/** The class behind `MuonDimensionNumbers`. */
class MuonDimensionNumbersClass extends DimensionNumbers {}

recognizeNamesakes(GaLoreDimensionNumbers, "GaLoreDimensionNumbers");

/**
 * The axes of a weight that are its inputs (the rows of a matrix) and those that are its outputs (the columns). Other axes are batch
 * axes: each of their indices has a matrix of its own.
 *
 * @example
 * const attention = new gl.contrib.MuonDimensionNumbers({ reductionAxis: 0, outputAxis: [1, 2] });
 * console.log(attention.outputAxis); // [1, 2]
 */
export const MuonDimensionNumbers: Made<typeof MuonDimensionNumbersClass, MuonDimensionNumbers> = needsNew(
  "MuonDimensionNumbers",
  MuonDimensionNumbersClass,
);

export interface MuonDimensionNumbers extends MuonDimensionNumbersClass {}

recognizeNamesakes(MuonDimensionNumbers, "MuonDimensionNumbers");

/** Dimension numbers for leaves, null for those that are no matrices: a tree like the parameters, a prefix of one, or a function that makes one. */
// biome-ignore lint/suspicious/noExplicitAny: a function of the caller's own tree
export type DimensionNumbersTree<D> = D | null | object | ((params: any) => unknown);

const refuse = (leaf: LeafSpec, problem: string): never => {
  throw new GradloomError("INVALID_HYPERPARAMETER", `${problem} of a leaf of shape [${leaf.shape}].`, {
    path: `params.${leaf.path}`,
    remedy: "Give its dimension numbers, or null to leave it out.",
  });
};

/** Returns axes counted from 0, in increasing order. Throws where the leaf has no such axis. */
const normalize = (axes: number | readonly number[], leaf: LeafSpec): number[] => {
  const rank = leaf.shape.length;
  const list = [axes].flat();
  if (!list.every((axis) => Number.isInteger(axis) && axis >= -rank && axis < rank)) {
    refuse(leaf, `there is no axis ${list.join()}`);
  }
  return list.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
};

/** Returns the axes of a leaf's rows and columns. Throws where dimension numbers do not fit the leaf. */
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

/** Returns the dimension numbers of each leaf of a tree. */
export const dimensionNumbersOf = <D extends DimensionNumbers>(
  given: DimensionNumbersTree<D>,
  kind: new (...args: never[]) => D,
  target: Target,
  path: string,
): (D | null)[] => {
  const spread: PrefixKind<D | null> = {
    is: (value): value is D | null => value === null || value instanceof kind,
    masked: null,
    code: "INVALID_HYPERPARAMETER",
    noun: `A tree of ${kind.name} and null`,
  };
  return [...spreadPrefixArgument(given, target, path, spread).values];
};

/** Caches a function of the tree of a plan: it is evaluated once for each. */
const perPlan = <T>(evaluate: (target: Target) => T): ((target: Target) => T) => {
  const known = new WeakMap<Target, T>();
  return (target) => {
    if (!known.has(target)) known.set(target, evaluate(target));
    return known.get(target) as T;
  };
};

/** Dimension numbers of `muon`, see `DimensionNumbersTree`. */
export type MuonDimensionNumbersTree = DimensionNumbersTree<MuonDimensionNumbers>;

/** Returns a function that finds a leaf of a plan and its dimension numbers, by default those of a matrix of two axes. */
export const muonDimensions = (
  given: MuonDimensionNumbersTree,
  path: string,
): ((leaf: number, target: Target) => [leaf: LeafSpec, numbers: MuonDimensionNumbers]) => {
  const plain = new MuonDimensionNumbers();
  const resolve = perPlan((target) => dimensionNumbersOf(given, MuonDimensionNumbers, target, path));
  return (leaf, target) => [target.layout.leaves[leaf] as LeafSpec, resolve(target)[leaf] ?? plain];
};

/** Dimension numbers of `galore`, see `DimensionNumbersTree`; null for leaves that are not projected. */
export type GaLoreDimensionNumbersTree = DimensionNumbersTree<GaLoreDimensionNumbers>;

/** A leaf as a matrix. */
export interface Projected extends Required<MatrixAxes> {
  readonly rows: number;
  readonly size: number;
}

const PLAIN = new GaLoreDimensionNumbers();

/** Returns a function that finds a leaf of a plan as a matrix, null where it is not projected. */
export const galoreDimensions = (
  given: GaLoreDimensionNumbersTree,
  path: string,
): ((leaf: number, target: Target) => Projected | null) => {
  const resolve = perPlan((target: Target) => {
    const { layout } = target;
    const numbers =
      given === null
        ? layout.leaves.map(({ shape }) => (shape.length === 2 ? PLAIN : null))
        : dimensionNumbersOf(given, GaLoreDimensionNumbers, target, path);
    return layout.leaves.map((leaf, i): Projected | null => {
      const chosen = numbers[i];
      const forAll = given instanceof GaLoreDimensionNumbers;
      if (!chosen || (forAll && leaf.shape.length < 2)) return null;
      const { axes, columns } = matrixAxes(leaf, chosen);
      if (axes.length + columns.length < leaf.shape.length) {
        throw new GradloomError("INVALID_HYPERPARAMETER", "every axis must be given.", {
          path: `params.${leaf.path}`,
          remedy: "Name each axis of this leaf once, among those of the rows or of the columns.",
        });
      }
      const rows = axes.reduce((product, axis) => product * (leaf.shape[axis] as number), 1);
      return { axes, columns, rows, size: leaf.size };
    });
  });
  return (leaf, target) => resolve(target)[leaf] ?? null;
};

export type { GaLoreDimensionNumbersClass, MuonDimensionNumbersClass };
