import { GradloomError } from "../error.ts";
import { asNode } from "../kernels/as-node.ts";
import type { NumericComputation } from "../kernels/computation.ts";
import type { KernelStep } from "../kernels/kernel-spec.ts";
import { count, kernels } from "../kernels/kernels.ts";
import { flag, func, type OptionsOf, parse, required } from "../options.ts";
import type { Transformation } from "../plan/node.ts";
import type { ExtraArgs, GradientTransformation } from "../plan/transformation.ts";
import { show } from "../show.ts";

/** Returns whether to act at a step, given its number from 0 on and, if they are forwarded, the extra arguments of the update. */
export type ConditionFn = (step: number, extra?: ExtraArgs) => boolean;

/** The number of steps so far, taken or not, and the state of the transformation inside. */
export interface ConditionallyTransformState<S> {
  readonly innerState: S;
  readonly step: number;
}

/** The number of steps so far, taken or not, and the state of the transformation inside. */
export type ConditionallyMaskState<S> = ConditionallyTransformState<S>;

const OPTIONS = {
  /** Pass the extra arguments of the update to the condition as well. */
  forwardExtraArgs: flag(false),
};

/** The options of `conditionallyTransform` and `conditionallyMask`. */
export type ConditionallyOptions = OptionsOf<typeof OPTIONS>;

const CONDITION = func<ConditionFn>("a function of the step, such as (step) => step < 100");

const decide = (name: string, condition: ConditionFn, step: number, extra?: ExtraArgs): boolean => {
  const decision: unknown = extra === undefined ? condition(step) : condition(step, extra);
  if (typeof decision === "boolean") return decision;
  throw new GradloomError("INVALID_HYPERPARAMETER", `expected true or false, got ${show(decision)}.`, {
    path: `${name}.shouldTransformFn`,
    remedy: "The condition must return a boolean.",
  });
};

const conditionally = <S>(
  [name, type]: readonly [name: string, type: string],
  inner: GradientTransformation<S>,
  condition: ConditionFn,
  options: ConditionallyOptions | undefined,
  otherwise: readonly KernelStep[],
): Transformation<ConditionallyTransformState<S>> => {
  const { forwardExtraArgs } = parse(name, OPTIONS, options);
  required(name, "shouldTransformFn", CONDITION, condition);
  return kernels({
    name,
    type,
    state: { step: count() },
    steps: [
      {
        switch: ({ step }: { step: number }, on: NumericComputation) => {
          const acts = decide(name, condition, step, forwardExtraArgs ? (on.extra ?? {}) : undefined);
          return [acts ? 0 : otherwise.length > 0 ? 1 : -1, {}] as const;
        },
        branches: [[{ inner: asNode(inner, `${name}.inner`), as: "innerState" }], otherwise].filter(
          (branch) => branch.length > 0,
        ),
      },
    ],
  });
};

/**
 * Applies a transformation at some steps only; at the others updates pass through unchanged and its state stays as it is.
 *
 * @param inner - the transformation
 * @param shouldTransformFn - a function of the number of the step: true where the updates are transformed
 * @throws GradloomError `INVALID_HYPERPARAMETER` where the condition returns no boolean
 * @example
 * const tx = gl.conditionallyTransform(gl.scale(10), (step) => step % 2 === 1);
 * const grads = { w: new Float32Array([1]) };
 * const [first, state] = tx.update(grads, tx.init(grads));
 * console.log(first.w[0], tx.update(grads, state)[0].w[0]); // 1 10
 */
export const conditionallyTransform = <S>(
  inner: GradientTransformation<S>,
  shouldTransformFn: ConditionFn,
  options?: ConditionallyOptions,
): Transformation<ConditionallyTransformState<S>> =>
  conditionally(
    ["conditionallyTransform", "ConditionallyTransformState"],
    inner,
    shouldTransformFn,
    options,
    [],
  );

/**
 * Applies a transformation at some steps only; at the others updates are zero and its state stays as it is.
 *
 * @param inner - the transformation
 * @param shouldTransformFn - a function of the number of the step: true where the step is taken
 * @throws GradloomError `INVALID_HYPERPARAMETER` where the condition returns no boolean
 * @example
 * const tx = gl.conditionallyMask(gl.scale(10), (step) => step % 2 === 1);
 * const grads = { w: new Float32Array([1]) };
 * const [first, state] = tx.update(grads, tx.init(grads));
 * console.log(first.w[0], tx.update(grads, state)[0].w[0]); // 0 10
 */
export const conditionallyMask = <S>(
  inner: GradientTransformation<S>,
  shouldTransformFn: ConditionFn,
  options?: ConditionallyOptions,
): Transformation<ConditionallyMaskState<S>> =>
  conditionally(["conditionallyMask", "ConditionallyMaskState"], inner, shouldTransformFn, options, [
    { map: "set_to_zero" },
  ]);
