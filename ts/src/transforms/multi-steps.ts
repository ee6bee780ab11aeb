import { needsNew } from "../define.ts";
import { GradloomError } from "../error.ts";
import { asNode } from "../kernels/as-node.ts";
import type { Computation, NumericComputation } from "../kernels/computation.ts";
import type { Numbers, Schedules } from "../kernels/kernel-step.ts";
import { derived, host, kernels, slot } from "../kernels/kernels.ts";
import { safeIncrement } from "../kernels/safe-increment.ts";
import { dtype, type Field, flag, func, maybe, type OptionsOf, parse, real, required } from "../options.ts";
import { NODE, type Node, type Transformation } from "../plan/node.ts";
import type { Bind, ExtraArgs, GradientTransformation, ParamsLike, STATE } from "../plan/transformation.ts";

import type { Tree } from "../pytree/tree-type.ts";

import { show } from "../show.ts";

import { zerosLike } from "../tree/like.ts";
import type { ScalarOrSchedule } from "../types.ts";
import type { ShouldSkipUpdateFunction } from "./should-skip.ts";

/** The state of an accumulation between two steps. */
export interface MultiStepsState<S> {
  /** The number of gradients accumulated since the last step. */
  readonly miniStep: number;
  /** The number of steps taken. */
  readonly gradientStep: number;
  readonly innerOptState: S;
  readonly accGrads: ParamsLike;
  /** The record that the last call of `shouldSkipUpdateFn` returned; empty without such a function. */
  readonly skipState: object;
}

type Counts = Pick<MultiStepsState<unknown>, "miniStep" | "gradientStep" | "skipState">;

const OPTIONS = {
  /** Take steps with the mean of the gradients rather than with their sum. */
  useGradMean: flag(true),
  /** A function that returns whether to skip a gradient. */
  shouldSkipUpdateFn: maybe(func<ShouldSkipUpdateFunction>("a function such as skipNotFinite, or null")),
  /** Storage of the accumulated gradients. */
  accumulatorDtype: { default: "float32", ...dtype } as Field<"float32" | "float64" | "float16" | "bfloat16">,
};

const PERIOD = real(1, { min: 1, integer: true });

const SKIP = 0;
const HOLD = 1;
const EMIT = 2;

const ask = (
  shouldSkip: ShouldSkipUpdateFunction,
  ...args: Parameters<ShouldSkipUpdateFunction>
): readonly [boolean, object] => {
  const [skip, skipState] = shouldSkip(...args);
  if (typeof skip === "boolean") return [skip, skipState];
  throw new GradloomError("INVALID_HYPERPARAMETER", `expected true or false first, got ${show(skip)}.`, {
    path: "MultiSteps.shouldSkipUpdateFn",
    remedy: "Return [skip, skipState], with a boolean first.",
  });
};

const build = <S>(
  opt: GradientTransformation,
  everyK: ScalarOrSchedule,
  options: OptionsOf<typeof OPTIONS> | undefined,
) => {
  const { useGradMean, shouldSkipUpdateFn, accumulatorDtype } = parse("MultiSteps", OPTIONS, options);
  const scalars = { n: (state: Numbers) => (state.miniStep as number) + 1 };
  const branchOf = ({ miniStep, gradientStep }: Counts, schedules: Schedules): number => {
    const k = PERIOD.check(schedules.at(everyK, gradientStep), "MultiSteps.everyKSchedule");
    return miniStep >= k - 1 ? EMIT : HOLD;
  };
  const choice = shouldSkipUpdateFn
    ? {
        switch: (state: Counts, on: Computation) => {
          const branch = branchOf(state, on);
          const [skip, skipState] = ask(shouldSkipUpdateFn, on.updates(), state.gradientStep, on.params());
          return [skip ? SKIP : branch, { skipState }] as const;
        },
        arrays: true as const,
      }
    : { switch: (state: Counts, on: NumericComputation) => [branchOf(state, on), {}] as const };
  return kernels<MultiStepsState<S>>({
    name: "MultiSteps",
    type: "MultiStepsState",
    state: {
      miniStep: host(0),
      gradientStep: host(0),
      accGrads: slot({ dtype: accumulatorDtype }),
      skipState: shouldSkipUpdateFn
        ? derived((params) => ask(shouldSkipUpdateFn, zerosLike(params), 0, params)[1])
        : host({}),
    },
    steps: [
      {
        ...choice,
        branches: [
          [{ map: "set_to_zero", slots: [] }],
          [
            useGradMean ? { map: "hold_mean", scalars } : { map: "hold_sum" },
            { advance: ({ miniStep }: Counts) => ({ miniStep: safeIncrement(miniStep) }) },
          ],
          [
            useGradMean ? { map: "emit_mean", scalars } : { map: "emit_sum" },
            { inner: asNode(opt, "MultiSteps.opt"), as: "innerOptState" },
            {
              advance: ({ gradientStep }: Counts) => ({
                miniStep: 0,
                gradientStep: safeIncrement(gradientStep),
              }),
            },
          ],
        ],
      },
    ],
  });
};

/** The class behind `MultiSteps`. */
class MultiStepsClass<S> implements Transformation<MultiStepsState<S>> {
  declare readonly [STATE]?: MultiStepsState<S>;
  /** The inner optimizer. */
  readonly innerOpt: GradientTransformation<S>;
  readonly #tx: Transformation<MultiStepsState<S>>;

  /**
   * @param opt - the optimizer
   * @param everyKSchedule - the number of gradients for a step, at least 1; or a function of the number of steps taken
   */
  constructor(
    opt: GradientTransformation<S>,
    everyKSchedule: ScalarOrSchedule,
    options?: OptionsOf<typeof OPTIONS>,
  ) {
    if (typeof everyKSchedule !== "function")
      required("MultiSteps", "everyKSchedule", PERIOD, everyKSchedule);
    this.innerOpt = opt;
    this.#tx = build<S>(opt, everyKSchedule, options);
  }

  /** @internal */
  get [NODE](): Node {
    return this.#tx[NODE];
  }

  /** Returns the state before the first gradient. */
  init<P>(params: P & Tree<P>): Bind<MultiStepsState<S>, P> {
    return this.#tx.init(params);
  }

  /** Accumulates one gradient; the updates are zero unless it completes a step. */
  update<P>(
    updates: P & Tree<P>,
    state: Bind<MultiStepsState<S>, P>,
    params?: P,
    extra?: ExtraArgs,
  ): [updates: P, state: Bind<MultiStepsState<S>, P>] {
    return this.#tx.update(updates, state, params, extra);
  }

  /** Does the same as `update`, and allows extra arguments that are asynchronous functions. */
  updateAsync<P>(
    updates: P & Tree<P>,
    state: Bind<MultiStepsState<S>, P>,
    params?: P,
    extra?: ExtraArgs,
  ): Promise<[updates: P, state: Bind<MultiStepsState<S>, P>]> {
    return this.#tx.updateAsync(updates, state, params, extra);
  }

  /** Returns whether the update that returned this state completed a step. */
  hasUpdated({
    miniStep,
    gradientStep,
  }: Pick<MultiStepsState<unknown>, "miniStep" | "gradientStep">): boolean {
    return miniStep === 0 && gradientStep > 0;
  }

  /** Returns this object as a plain transformation. */
  gradientTransformation(): Transformation<MultiStepsState<S>> {
    return this.#tx;
  }
}

/**
 * Accumulates gradients and takes a step with every k-th of them, as if k of them were one large batch. The updates in between
 * are zero.
 *
 * acc = acc + (g - acc) / (i + 1) for the i-th gradient since the last step, or acc + g without `useGradMean`. The inner
 * optimizer runs only when a step is taken. A gradient that is not finite spoils its step and no later one; with `skipNotFinite`
 * it is skipped. Use it wherever a transformation can be used.
 *
 * @example
 * const tx = new gl.MultiSteps(gl.sgd(1), 2);
 * const params = { w: new Float32Array([0]) };
 * const [first, state] = tx.update({ w: new Float32Array([1]) }, tx.init(params), params);
 * const [second, after] = tx.update({ w: new Float32Array([3]) }, state, params);
 * console.log(first.w[0], second.w[0], tx.hasUpdated(state), tx.hasUpdated(after)); // 0 -2 false true
 */
export const MultiSteps: new <S>(...args: ConstructorParameters<typeof MultiStepsClass<S>>) => MultiSteps<S> =
  needsNew("MultiSteps", MultiStepsClass);

export interface MultiSteps<S> extends MultiStepsClass<S> {}

export type { MultiStepsClass };
