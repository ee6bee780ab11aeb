import { maskOption } from "../combine/mask.ts";
import { type MaskedState, masked } from "../combine/masked.ts";
import { define } from "../define.ts";
import { count, kernels } from "../kernels/kernels.ts";
import { maybe, scalarOrSchedule } from "../options.ts";
import type { Transformation } from "../plan/node.ts";
import type { EmptyState } from "../plan/transformation.ts";

/** The step count of a weight decay that is a schedule. */
export interface WeightDecaySchedule {
  readonly count: number;
}

/** The step count where the weight decay is a schedule, else empty; inside `innerState` where there is a mask. */
export type AddDecayedWeightsState =
  | EmptyState
  | WeightDecaySchedule
  | MaskedState<EmptyState>
  | MaskedState<WeightDecaySchedule>;

/**
 * Adds a multiple of the parameters to the updates: u + weightDecay * p. Where the updates have null, so has the result.
 *
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.chain(gl.addDecayedWeights({ weightDecay: 1e-4, mask: gl.pathMask(/kernel$/) }), gl.sgd(0.1));
 * @see Loshchilov & Hutter 2017, https://arxiv.org/abs/1711.05101
 */
export const addDecayedWeights = define(
  "addDecayedWeights",
  {},
  {
    /** The factor, or a schedule of it. */
    weightDecay: scalarOrSchedule(0),
    /** True where weights decay; by default everywhere. */
    mask: maybe(maskOption),
  },
  ({ weightDecay, mask }): Transformation<AddDecayedWeightsState> => {
    const scheduled = typeof weightDecay === "function";
    const decays = kernels<EmptyState | WeightDecaySchedule>({
      name: "addDecayedWeights",
      ...(scheduled && { type: "WeightDecaySchedule", state: { count: count() } }),
      steps: [
        {
          map: "add_decayed_weights",
          scalars: {
            weightDecay: scheduled
              ? ({ count }, _, schedules) => schedules.at(weightDecay, count as number)
              : weightDecay,
          },
        },
      ],
    });
    return mask === null ? decays : masked(decays, mask);
  },
);
