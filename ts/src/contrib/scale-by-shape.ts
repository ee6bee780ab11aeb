import type { AlongAxes } from "../kernels/kernel-step.ts";
import { kernels } from "../kernels/kernels.ts";
import type { EmptyState } from "../plan/transformation.ts";
import { type MuonDimensionNumbersTree, matrixAxes, muonDimensions } from "./dimension-numbers.ts";

/** Scales matrices by sqrt(max(1, fanOut/fanIn)), or by sqrt(max(fanIn, fanOut)) * consistentRms where that is given. */
export const scaleByShape = (weights: MuonDimensionNumbersTree, consistentRms: number | null) => {
  const dimensions = muonDimensions(weights, "scaleByShape.weightDimensionNumbers");
  const matrices: AlongAxes["matrices"] = (leaf, target) => matrixAxes(...dimensions(leaf, target));
  return kernels<EmptyState>({
    name: "scaleByShape",
    steps: [
      consistentRms === null
        ? { leafwise: "scale_by_width", matrices }
        : { leafwise: "scale_by_consistent_rms", scalars: { consistentRms }, matrices },
    ],
  });
};
