import { chain } from "../combine/chain.ts";
import { maskOption } from "../combine/mask.ts";
import { partition } from "../combine/partition.ts";
import { define } from "../define.ts";
import { adamw } from "../optimizers/adamw.ts";
import { decay, maybe, real, scalarOrSchedule, unchecked } from "../options.ts";
import { type Layout, layoutOf } from "../pytree/layout.ts";
import { unflatten } from "../pytree/tree-def.ts";
import { addDecayedWeights } from "../transforms/add-decayed-weights.ts";
import { scaleByLearningRate } from "../transforms/scale-by-learning-rate.ts";
import type { ScalarOrSchedule } from "../types.ts";
import {
  dimensionNumbersOf,
  MuonDimensionNumbers,
  type MuonDimensionNumbersTree,
} from "./dimension-numbers.ts";
import { type NsCoeffs, nsCoeffsOrPreset } from "./newton-schulz-coefficients.ts";
import { MUON_OPTIONS, scaleByMuon } from "./scale-by-muon.ts";
import { scaleByShape } from "./scale-by-shape.ts";

/** Returns for each leaf whether Muon is used: by its dimension numbers or, without any, if it has two axes. */
const isMuon = (given: MuonDimensionNumbersTree, tree: unknown, layout: Layout): boolean[] =>
  given === null
    ? layout.leaves.map(({ shape }) => shape.length === 2)
    : dimensionNumbersOf(
        given,
        MuonDimensionNumbers,
        { layout, tree },
        "muon.muonWeightDimensionNumbers",
      ).map((numbers) => numbers !== null);

/**
 * Muon: momentum, orthogonalised by Newton-Schulz steps, for the matrices of a model; AdamW for everything else.
 *
 * Matrices: u = -learningRate * (s * muon(g) + weightDecay * p) with s = sqrt(max(1, fanOut/fanIn)), or consistentRms * sqrt(max(fanIn, fanOut)),
 * see `scaleByMuon`. Other leaves: `adamw` with the same `eps`, `muDtype` and `nesterov`. A kernel has the shape [in, out].
 *
 * @param learningRate - a number, or a schedule of the step
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.contrib.muon(0.02, { adamLearningRate: 3e-4, weightDecay: 0.01 });
 * const state = tx.init({ kernel: gl.tensor(new Float32Array(6), [2, 3]), bias: new Float32Array(3) });
 * console.log(Object.keys(state.innerStates)); // ["muon", "adam"]
 * @see Jordan 2024, https://kellerjordan.github.io/posts/muon; Liu et al. 2025, https://arxiv.org/abs/2502.16982
 */
export const muon = define(
  "muon",
  { learningRate: scalarOrSchedule(0) },
  {
    ...MUON_OPTIONS,
    /** The coefficients a, b, c of all Newton-Schulz steps, a triple for each, or "standard" or "dion". */
    nsCoeffs: nsCoeffsOrPreset,
    /** Strength of the weight decay of the matrices, multiplied by the learning rate. */
    weightDecay: scalarOrSchedule(0),
    /** True where matrices decay; by default everywhere. */
    weightDecayMask: maybe(maskOption),
    /** AdamW's decay of the first moment, in [0, 1]. */
    adamB1: decay(0.9),
    /** AdamW's decay of the second moment, in [0, 1]. */
    adamB2: decay(0.999),
    /** Added inside AdamW's root; at least 0. */
    adamEpsRoot: real(0, { min: 0 }),
    /** Strength of AdamW's weight decay. */
    adamWeightDecay: scalarOrSchedule(0),
    /** AdamW's learning rate, by default the same. */
    adamLearningRate: maybe(scalarOrSchedule(0)),
    /** The axes of the leaves that are matrices, null for leaves that are none; by default all leaves with two axes are matrices. */
    muonWeightDimensionNumbers: unchecked<MuonDimensionNumbersTree>(null),
    /** The root mean square of updates, whatever the shape; 0.2 is AdamW's. Null scales by the width alone. */
    consistentRms: maybe(real(0, { min: 0 })),
  },
  (options, learningRate: ScalarOrSchedule) => {
    const { eps, muDtype, nesterov, muonWeightDimensionNumbers: dimensions } = options;
    const { nsSteps, beta, adaptive, preconditioning, weightDecay, weightDecayMask: mask } = options;
    return partition(
      {
        muon: chain(
          scaleByMuon({
            ...{ nsSteps, beta, eps, muDtype, nesterov, adaptive, preconditioning },
            nsCoeffs: options.nsCoeffs as NsCoeffs,
            weightDimensionNumbers: dimensions,
          }),
          scaleByShape(dimensions, options.consistentRms),
          addDecayedWeights({ weightDecay, mask }),
          scaleByLearningRate(learningRate),
        ),
        adam: adamw(options.adamLearningRate ?? learningRate, {
          ...{ eps, muDtype, nesterov },
          b1: options.adamB1,
          b2: options.adamB2,
          epsRoot: options.adamEpsRoot,
          weightDecay: options.adamWeightDecay,
        }),
      },
      (params) => {
        const layout = layoutOf(params, "params");
        const chosen = isMuon(dimensions, params, layout);
        return unflatten(layout.def, (i) => (chosen[i] ? "muon" : "adam")) as never;
      },
      { allowUnused: true },
    );
  },
);
