import { define } from "../define.ts";
import { GradloomError } from "../error.ts";
import type { NumericComputation } from "../kernels/computation.ts";
import { derived, host, kernels, slot } from "../kernels/kernels.ts";
import { type Field, real } from "../options.ts";
import type { ParamsLike } from "../plan/transformation.ts";
import { vdot } from "../tree/reductions.ts";
import type { ScalarOrSchedule } from "../types.ts";
import { assignEverywhere } from "./assign-everywhere.ts";
import { scheduleOr } from "./learning-rate.ts";
import { OPTIONAL_DECAY, parameterFree } from "./parameter-free.ts";

/** The initial parameters, the greatest distance from them, and the sum of squared gradients. */
export interface DoGState {
  readonly isInitStep: boolean;
  readonly initParams: ParamsLike;
  readonly maxDist: number;
  readonly sumSqNormGrads: number;
}

/** The first step of DoG. */
export type InitStep = readonly [kind: "distance" | "learning_rate" | "heuristic", value: number];

const KINDS = ["distance", "learning_rate", "heuristic"];

const size = real(0, { min: 0 });

const initStep: Field<InitStep> = {
  default: ["heuristic", 1e-6],
  check: (value, path) => {
    if (!Array.isArray(value) || value.length !== 2 || !KINDS.includes(value[0]))
      throw new GradloomError("INVALID_HYPERPARAMETER", "expected a kind of first step and its size.", {
        path,
        remedy: `Write ["heuristic", 1e-6], or another of ${KINDS.join(", ")}.`,
      });
    return [value[0] as InitStep[0], size.check(value[1], `${path}[1]`)];
  },
};

/** Returns the first distance. Optax's heuristic is a multiple of 1 + the norm of the parameters. */
const firstDistance =
  ([kind, value]: InitStep) =>
  (params: unknown): number => {
    if (kind === "heuristic") return value * (1 + Math.sqrt(vdot(params, params)));
    return kind === "distance" ? value : 0;
  };

const scaleByDog = (first: InitStep, eps: number) =>
  kernels<DoGState>({
    name: "dog",
    type: "DoGState",
    state: {
      isInitStep: host(true, () => false),
      initParams: slot({ initial: "params" }),
      maxDist: derived(firstDistance(first)),
      sumSqNormGrads: host(0),
    },
    steps: [
      { reduce: "squared_norm", scope: "tree", as: "squaredNorm" },
      { reduce: "squared_distance", slots: { from: "initParams" }, scope: "tree", as: "squaredDistance" },
      {
        compute: (state: DoGState, on: NumericComputation) => {
          const maxDist = Math.max(state.maxDist, Math.sqrt(on.reduced("squaredDistance")));
          const sumSqNormGrads = state.sumSqNormGrads + on.reduced("squaredNorm");
          const given = state.isInitStep && first[0] === "learning_rate";
          assignEverywhere(on, "rate", given ? first[1] : maxDist / Math.sqrt(sumSqNormGrads + eps));
          return { maxDist, sumSqNormGrads };
        },
        assigns: ["rate"],
      },
      { map: "scale", slots: [], scalars: { stepSize: { reduced: "rate" } } },
    ],
  });

/**
 * DoG: the step size is the greatest distance from the initial parameters, divided by the root of the sum of squared gradients.
 *
 * d = max(d, norm(p - p0)); G += norm(g)²; u = -learningRate * d / sqrt(G + eps) * g. Best with averaging of the parameters.
 *
 * @param learningRate - multiplies the steps, 1 by default; a number, or a schedule of the step
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.contrib.dog(1, { initStep: ["distance", 1e-4] });
 * @see Ivgi et al. 2023, https://arxiv.org/abs/2302.12022
 */
export const dog = define(
  "dog",
  { learningRate: scheduleOr(1) },
  {
    /**
     * The first step: `["distance", d]`, `["heuristic", r]` for the distance r * (1 + norm(p0)), or `["learning_rate", a]` for the
     * step a * g. Values are at least 0.
     */
    initStep,
    /** Added inside the root; at least 0. */
    eps: real(1e-8, { min: 0 }),
    ...OPTIONAL_DECAY,
  },
  ({ initStep, eps, ...decay }, learningRate?: ScalarOrSchedule) =>
    parameterFree(scaleByDog(initStep, eps), learningRate as ScalarOrSchedule, decay),
);
