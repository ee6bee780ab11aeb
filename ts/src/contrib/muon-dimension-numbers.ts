import type { PlanBuilder } from "../plan/builder.ts";
import type { LeafSpec } from "../pytree/leaf.ts";
import {
  type DimensionNumbers,
  type DimensionNumbersTree,
  dimensionNumbersOf,
  perPlan,
} from "./dimension-numbers.ts";

/**
 * Which axes of a weight are its inputs (the rows of a matrix) and which its outputs (the columns); each index of the other axes is a matrix
 * of its own.
 *
 * @example
 * const attention = new gl.contrib.MuonDimensionNumbers({ reductionAxis: 0, outputAxis: [1, 2] });
 * console.log(attention.outputAxis); // [1, 2]
 */
export class MuonDimensionNumbers implements DimensionNumbers {
  /** The axes that a product with the weight sums over. */
  readonly reductionAxis: number | readonly number[];
  /** The axes of its result. */
  readonly outputAxis: number | readonly number[];

  constructor({ reductionAxis = 0, outputAxis = 1 }: Partial<DimensionNumbers> = {}) {
    this.reductionAxis = reductionAxis;
    this.outputAxis = outputAxis;
  }
}

/** Dimension numbers for the leaves: the same for all, a tree like the parameters, a prefix of one, or a function that makes one. */
export type MuonDimensionNumbersTree = DimensionNumbersTree<MuonDimensionNumbers>;

/** From a plan and a leaf to the leaf and its dimension numbers; by default a matrix of two axes. */
export const muonDimensions = (
  given: MuonDimensionNumbersTree,
  path: string,
): ((leaf: number, builder: PlanBuilder) => [leaf: LeafSpec, numbers: MuonDimensionNumbers]) => {
  const plain = new MuonDimensionNumbers();
  const resolve = perPlan(({ layout, tree }) =>
    dimensionNumbersOf(given, MuonDimensionNumbers, tree, layout, path),
  );
  return (leaf, builder) => [builder.layout.leaves[leaf] as LeafSpec, resolve(builder)[leaf] ?? plain];
};
