import { asNode } from "../kernels/as-node.ts";
import type { Schedules } from "../kernels/kernel-step.ts";
import { host, kernels, slot } from "../kernels/kernels.ts";
import { safeIncrement } from "../kernels/safe-increment.ts";
import { dtype, maybe, type OptionsOf, parse, real, required, scalarOrSchedule } from "../options.ts";
import type { Transformation } from "../plan/node.ts";
import type { GradientTransformation, ParamsLike } from "../plan/transformation.ts";
import { power } from "../portable/power.ts";
import type { ScalarOrSchedule } from "../types.ts";

/** The sequence z that the base optimizer moves, and the weights of the average. */
export interface ScheduleFreeState<S> {
  readonly b1: number;
  readonly weightSum: number;
  /** Steps so far, plus 1: as in Optax, it is 1 before the first step. */
  readonly stepCount: number;
  readonly maxLr: number;
  readonly baseOptimizerState: S;
  readonly z: ParamsLike;
}

type Weights = Pick<ScheduleFreeState<unknown>, "weightSum" | "stepCount" | "maxLr">;

/** The options of `scheduleFree` and of the optimizers made from it. */
export const SCHEDULE_FREE_OPTIONS = {
  /** The position between the sequence z (0) and the average x (1) at which gradients are taken, in (0, 1]. */
  b1: real(0.9, { above: 0, max: 1 }),
  /** The weight of a step in the average is the greatest learning rate so far to this power. */
  weightLrPower: real(2),
  /** Storage of z, by default that of the parameters. */
  stateDtype: maybe(dtype),
};

/** Returns the weight of the newest z in the average x; 0 as long as all weights are 0. */
const shareOf = (weight: number, sum: number): number => (weight === 0 && sum === 0 ? 0 : weight / sum);

/**
 * Makes an optimizer schedule-free: averaging replaces a schedule that falls towards a known last step.
 *
 * z += base(g); x = (1-c)*x + c*z with c = w / sum of w, w = (greatest learning rate)^weightLrPower. The parameters are
 * y = b1*x + (1-b1)*z, at which gradients are taken; use `scheduleFreeEvalParams` for x, the parameters to test with. The base
 * optimizer must have no momentum of its own.
 *
 * @param baseOptimizer - the optimizer
 * @param learningRate - the learning rate of that optimizer, for the weights; a number, or a schedule, which sees 1 at the first step
 * @throws GradloomError `PARAMS_REQUIRED` in `update` without the parameters
 * @example
 * const tx = gl.contrib.scheduleFree(gl.sgd(0.5), 0.5);
 * const params = { w: new Float32Array([1]) };
 * const [updates, state] = tx.update({ w: new Float32Array([1]) }, tx.init(params), params);
 * const tested = gl.contrib.scheduleFreeEvalParams(state, gl.applyUpdates(params, updates));
 * console.log(tested.w[0].toFixed(2)); // 0.50
 * @see Defazio et al. 2024, https://arxiv.org/abs/2405.15682
 */
export const scheduleFree = <S>(
  baseOptimizer: GradientTransformation<S>,
  learningRate: ScalarOrSchedule,
  options?: OptionsOf<typeof SCHEDULE_FREE_OPTIONS>,
): Transformation<ScheduleFreeState<S>> => {
  const name = "scheduleFree";
  const { b1, weightLrPower, stateDtype } = parse(name, SCHEDULE_FREE_OPTIONS, options);
  const given = required(name, "learningRate", scalarOrSchedule(0), learningRate);
  const after = (
    { weightSum, stepCount, maxLr }: Weights,
    schedules: Schedules,
  ): Weights & { readonly share: number } => {
    const greatest = Math.max(maxLr, schedules.at(given, stepCount));
    const weight = power(greatest, weightLrPower);
    const sum = weightSum + weight;
    return {
      weightSum: sum,
      stepCount: safeIncrement(stepCount),
      maxLr: greatest,
      share: shareOf(weight, sum),
    };
  };
  const share = (state: object, _: unknown, schedules: Schedules) => after(state as Weights, schedules).share;
  return kernels({
    name,
    type: "ScheduleFreeState",
    state: {
      b1: host(b1),
      weightSum: host(0),
      stepCount: host(1),
      maxLr: host(0),
      z: slot({ dtype: stateDtype, initial: "params" }),
    },
    steps: [
      { inner: asNode(baseOptimizer, `${name}.baseOptimizer`), as: "baseOptimizerState" },
      {
        map: "schedule_free",
        scalars: {
          b1,
          oneMinusB1: 1 - b1,
          c: share,
          oneMinusC: (state, extra, schedules) => 1 - share(state, extra, schedules),
        },
      },
      {
        advance: (state: Weights, _: unknown, schedules: Schedules) => {
          const { share: _share, ...weights } = after(state, schedules);
          return weights;
        },
      },
    ],
  });
};
