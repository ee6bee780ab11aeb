import { define } from "../define.ts";
import { transformation } from "../kernels/as-node.ts";
import { count, kernels, slot } from "../kernels/kernels.ts";
import { maybe, type Parsed, real, unchecked } from "../options.ts";
import type { SlotShape } from "../plan/scope.ts";
import { withStateType } from "../plan/state-type.ts";
import { type GradientTransformation, NAME, type ParamsLike } from "../plan/transformation.ts";
import { scaleByAdam } from "../transforms/scale-by-adam.ts";
import { type GaLoreDimensionNumbersTree, galoreDimensions, type Projected } from "./dimension-numbers.ts";

/** Steps so far, the state of the transformation inside, and the projectors. */
export interface GaLoreState {
  readonly count: number;
  // biome-ignore lint/suspicious/noExplicitAny: in the state inside, leaves have the shapes of projected gradients
  readonly baseOptimizerState: any;
  /** An orthonormal matrix for each projected leaf, and an empty one for each other leaf. */
  readonly projector: ParamsLike;
}

interface Projection {
  readonly count: number;
  readonly projector: ParamsLike;
  readonly lowRank: ParamsLike;
}

/** The options that `scaleByGalore` and `galore` share. */
export const GALORE_OPTIONS = {
  /** Rank of the projected gradients, at least 1. */
  rank: real(128, { min: 1, integer: true }),
  /** The number of steps after which the projectors are computed anew, at least 1. */
  updateProjGap: real(200, { min: 1, integer: true }),
  /** The factor for the results of projected leaves. */
  scale: real(1),
  /** The transformation of the projected gradients, which gets no parameters; by default `scaleByAdam()`. */
  baseOptimizer: maybe(transformation),
  /** The axes of the leaves that are projected, null for leaves that are not; by default all leaves with two axes are. */
  weightDimensionNumbers: unchecked<GaLoreDimensionNumbersTree>(null),
};

/** Returns the shapes of a leaf's projector and of its projection. */
const shapes = ({ rows, size }: Projected, rank: number): { projector: number[]; lowRank: number[] } => {
  const columns = size / rows;
  const kept = Math.min(rank, rows, columns);
  return rows >= columns
    ? { projector: [rows, kept], lowRank: [kept, columns] }
    : { projector: [columns, kept], lowRank: [rows, kept] };
};

/** Makes `scaleByGalore` from checked arguments, under the name of the function that the user called. */
export const projecting = (
  owner: string,
  options: Parsed<typeof GALORE_OPTIONS>,
): GradientTransformation<GaLoreState> => {
  const { rank, updateProjGap, scale, baseOptimizer, weightDimensionNumbers } = options;
  const base = baseOptimizer ?? scaleByAdam();
  const dimensions = galoreDimensions(weightDimensionNumbers, `${owner}.weightDimensionNumbers`);
  const shapeOf =
    (which: "projector" | "lowRank"): SlotShape =>
    (leaf, index, target) => {
      const projected = dimensions(index, target);
      if (projected) return shapes(projected, rank)[which];
      return which === "projector" ? [0, 0] : leaf.shape;
    };
  const matrices = (leaf: number, target: Parameters<SlotShape>[2]) => {
    const projected = dimensions(leaf, target);
    return projected ? { axes: projected.axes, columns: projected.columns } : { axes: [], columns: [] };
  };
  const slots = {
    projector: slot({ shape: shapeOf("projector") }),
    lowRank: slot({ shape: shapeOf("lowRank") }),
  };
  const project = kernels<Projection>({
    name: "scaleByGalore",
    state: { count: count(), ...slots },
    steps: [
      {
        leafwise: "galore_project",
        matrices,
        scalars: { renew: (state) => Number((state.count as number) % updateProjGap === 0) },
      },
    ],
  });
  const back = kernels<Omit<Projection, "count">>({
    name: "scaleByGalore",
    state: slots,
    steps: [{ leafwise: "galore_project_back", matrices, scalars: { scale } }],
  });
  return withStateType<GaLoreState>("GaLoreState", {
    [NAME]: "scaleByGalore",
    init: (params: unknown) => {
      const { count, projector, lowRank } = project.init(params) as Projection;
      return { count, baseOptimizerState: base.init(lowRank), projector } as never;
    },
    update: (updates: unknown, state: unknown) => {
      const { baseOptimizerState, ...kept } = state as GaLoreState;
      const before = { ...(project.init(updates) as Projection), ...kept };
      const [, { count, projector, lowRank }] = project.update(updates, before as never) as [
        unknown,
        Projection,
      ];
      const [projected, nextBase] = base.update(lowRank, baseOptimizerState as never);
      const [full] = back.update(updates, { projector, lowRank: projected } as never);
      return [full, { count, baseOptimizerState: nextBase, projector }] as never;
    },
  });
};

/**
 * Applies a transformation to matrices projected onto their first singular vectors, so that its state is small.
 *
 * At every `updateProjGap`-th step P becomes the first `rank` left singular vectors of the gradient G where it has at least as many rows as
 * columns, else the right ones, the largest entry of each positive; the result is scale * P*base(Pᵀ*G), or scale * base(G*P)*Pᵀ. Other
 * leaves go to the transformation as they are. Optax leaves the signs of the vectors open, and Adam's steps do not depend on them.
 *
 * @throws GradloomError `PARAMS_REQUIRED` in `update` where the transformation inside needs parameters: there are none of such shapes
 * @example
 * const tx = gl.chain(gl.contrib.scaleByGalore({ rank: 1 }), gl.scale(-0.01));
 * const state = tx.init({ kernel: gl.tensor(new Float32Array(12), [4, 3]) });
 * console.log(state[0].projector.kernel.shape, state[0].baseOptimizerState.mu.kernel.shape); // [4, 1] [1, 3]
 * @see Zhao et al. 2024, https://arxiv.org/abs/2403.03507
 */
export const scaleByGalore = define("scaleByGalore", {}, GALORE_OPTIONS, (options) =>
  projecting("scaleByGalore", options),
);
