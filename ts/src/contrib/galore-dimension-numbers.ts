import { GradloomError } from "../error.ts";
import type { PlanBuilder } from "../plan/builder.ts";
import type { MatrixAxes } from "../plan/kernel-segment.ts";
import {
  type DimensionNumbers,
  type DimensionNumbersTree,
  dimensionNumbersOf,
  matrixAxes,
  perPlan,
} from "./dimension-numbers.ts";

/**
 * Which axes of a weight are the rows of the matrix that GaLore projects, and which its columns; every axis is one or the other.
 *
 * @example
 * const attention = new gl.contrib.GaLoreDimensionNumbers({ reductionAxis: 0, outputAxis: [1, 2] });
 * console.log(attention.outputAxis); // [1, 2]
 */
export class GaLoreDimensionNumbers implements DimensionNumbers {
  /** The axes that a product with the weight sums over. */
  readonly reductionAxis: number | readonly number[];
  /** The axes of its result. */
  readonly outputAxis: number | readonly number[];

  constructor({ reductionAxis = 0, outputAxis = 1 }: Partial<DimensionNumbers> = {}) {
    this.reductionAxis = reductionAxis;
    this.outputAxis = outputAxis;
  }
}

/** Dimension numbers for the leaves, null for those that stay as they are. */
export type GaLoreDimensionNumbersTree = DimensionNumbersTree<GaLoreDimensionNumbers>;

/** A leaf as a matrix. */
export interface Projected extends Required<MatrixAxes> {
  readonly rows: number;
  readonly size: number;
}

const PLAIN = new GaLoreDimensionNumbers();
const PATH = "scaleByGalore.weightDimensionNumbers";

/** From a plan and a leaf to the leaf as a matrix, or null where it is not projected. */
export const galoreDimensions = (
  given: GaLoreDimensionNumbersTree,
): ((leaf: number, builder: PlanBuilder) => Projected | null) => {
  const resolve = perPlan(({ layout, tree }: PlanBuilder) => {
    const numbers =
      given === null
        ? layout.leaves.map(({ shape }) => (shape.length === 2 ? PLAIN : null))
        : dimensionNumbersOf(given, GaLoreDimensionNumbers, tree, layout, PATH);
    return layout.leaves.map((leaf, i): Projected | null => {
      const chosen = numbers[i] as GaLoreDimensionNumbers | null;
      const forAll = given instanceof GaLoreDimensionNumbers;
      if (chosen === null || (forAll && leaf.shape.length < 2)) return null;
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
  return (leaf, builder) => resolve(builder)[leaf] ?? null;
};
