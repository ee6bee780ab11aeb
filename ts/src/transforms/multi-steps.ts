import { GradloomError } from "../error.ts";
import { asNode } from "../kernels/as-node.ts";
import type { Computation } from "../kernels/computation.ts";
import type { Numbers } from "../kernels/kernel-step.ts";
import { derived, host, kernels, slot } from "../kernels/kernels.ts";
import { safeIncrement } from "../kernels/safe-increment.ts";
import { dtype, type Field, flag, type OptionsOf, parse, real, required } from "../options.ts";
import { NODE, type Node, type Transformation } from "../plan/node.ts";
import type { Bind, ExtraArgs, GradientTransformation, ParamsLike, STATE } from "../plan/transformation.ts";
import { zerosLike } from "../tree/like.ts";
import type { Schedule } from "../types.ts";
import type { ShouldSkipUpdateFunction } from "./should-skip.ts";

/** Where between two steps an accumulation stands. */
export interface MultiStepsState<S> {
  /** Gradients gathered since the last step. */
  readonly miniStep: number;
  /** Steps taken. */
  readonly gradientStep: number;
  readonly innerOptState: S;
  readonly accGrads: ParamsLike;
  /** What the last call of `shouldSkipUpdateFn` told; empty without one. */
  readonly skipState: object;
}

type Counts = Pick<MultiStepsState<unknown>, "miniStep" | "gradientStep" | "skipState">;

const OPTIONS = {
  /** Take steps with the mean of the gradients; else with their sum. */
  useGradMean: flag(true),
  /** Says of each gradient whether to leave it out. */
  shouldSkipUpdateFn: {
    default: null,
    check: (value, path) => {
      if (value === null || typeof value === "function") return value as ShouldSkipUpdateFunction | null;
      throw new GradloomError("INVALID_HYPERPARAMETER", "this is not a function.", {
        path,
        remedy: "Pass a function such as skipNotFinite, or null.",
      });
    },
  } satisfies Field<ShouldSkipUpdateFunction | null> as Field<ShouldSkipUpdateFunction | null>,
  /** Storage of the gathered gradients. */
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
  throw new GradloomError("INVALID_HYPERPARAMETER", `must say true or false, not a ${typeof skip}.`, {
    path: "MultiSteps.shouldSkipUpdateFn",
    remedy: "Return [skip, skipState], with a boolean first.",
  });
};

const build = <S>(
  opt: GradientTransformation,
  everyK: Schedule,
  options: OptionsOf<typeof OPTIONS> | undefined,
) => {
  const { useGradMean, shouldSkipUpdateFn, accumulatorDtype } = parse("MultiSteps", OPTIONS, options);
  const scalars = { n: (state: Numbers) => (state.miniStep as number) + 1 };
  const branchOf = ({ miniStep, gradientStep }: Counts): number => {
    const k = PERIOD.check(everyK(gradientStep), "MultiSteps.everyKSchedule");
    return miniStep >= k - 1 ? EMIT : HOLD;
  };
  const choice = shouldSkipUpdateFn
    ? {
        switch: (state: Counts, on: Computation) => {
          const branch = branchOf(state);
          const [skip, skipState] = ask(shouldSkipUpdateFn, on.updates(), state.gradientStep, on.params());
          return [skip ? SKIP : branch, { skipState }] as const;
        },
        arrays: true as const,
      }
    : { switch: (state: Counts) => [branchOf(state), {}] as const };
  return kernels<MultiStepsState<S>>({
    name: "MultiSteps",
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

/**
 * Gathers gradients and takes a step with every k-th of them, as if they were one large batch. The updates between are zero.
 *
 * acc = acc + (g - acc) / (i + 1) for the i-th gradient since the last step, or acc + g without `useGradMean`. The optimizer
 * inside runs only when a step is taken. A gradient that is not finite spoils the step it belongs to and no later one; let
 * `skipNotFinite` leave it out. Can be used wherever a transformation can.
 *
 * @example
 * const tx = new gl.MultiSteps(gl.sgd(1), 2);
 * const params = { w: new Float32Array([0]) };
 * const [first, state] = tx.update({ w: new Float32Array([1]) }, tx.init(params), params);
 * const [second, after] = tx.update({ w: new Float32Array([3]) }, state, params);
 * console.log(first.w[0], second.w[0], tx.hasUpdated(state), tx.hasUpdated(after)); // 0 -2 false true
 */
export class MultiSteps<S> implements Transformation<MultiStepsState<S>> {
  declare readonly [STATE]?: MultiStepsState<S>;
  /** The optimizer inside. */
  readonly innerOpt: GradientTransformation<S>;
  readonly #tx: Transformation<MultiStepsState<S>>;

  /**
   * @param opt - the optimizer
   * @param everyKSchedule - how many gradients make a step, at least 1; or a function of the number of steps taken
   */
  constructor(
    opt: GradientTransformation<S>,
    everyKSchedule: number | Schedule,
    options?: OptionsOf<typeof OPTIONS>,
  ) {
    const fixed = typeof everyKSchedule !== "function";
    if (fixed) required("MultiSteps", "everyKSchedule", PERIOD, everyKSchedule);
    this.innerOpt = opt;
    this.#tx = build<S>(opt, fixed ? () => everyKSchedule : everyKSchedule, options);
  }

  get [NODE](): Node {
    return this.#tx[NODE];
  }

  /** The state before the first gradient. */
  init<P>(params: P): Bind<MultiStepsState<S>, P> {
    return this.#tx.init(params);
  }

  /** Takes in one gradient; the updates are zero unless it completes a step. */
  update<P>(
    updates: P,
    state: Bind<MultiStepsState<S>, P>,
    params?: P,
    extra?: ExtraArgs,
  ): [updates: P, state: Bind<MultiStepsState<S>, P>] {
    return this.#tx.update(updates, state, params, extra);
  }

  /** The same with extra arguments that may be asynchronous functions. */
  updateAsync<P>(
    updates: P,
    state: Bind<MultiStepsState<S>, P>,
    params?: P,
    extra?: ExtraArgs,
  ): Promise<[updates: P, state: Bind<MultiStepsState<S>, P>]> {
    return this.#tx.updateAsync(updates, state, params, extra);
  }

  /** Whether the update that gave this state completed a step. */
  hasUpdated({
    miniStep,
    gradientStep,
  }: Pick<MultiStepsState<unknown>, "miniStep" | "gradientStep">): boolean {
    return miniStep === 0 && gradientStep > 0;
  }

  /** The same as a plain transformation. */
  gradientTransformation(): Transformation<MultiStepsState<S>> {
    return this.#tx;
  }
}
