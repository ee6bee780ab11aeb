import { GradloomError } from "../../error.ts";
import type { Computation } from "../../kernels/computation.ts";
import { extraNumber } from "../../kernels/extra-number.ts";
import type { ExtraArgs } from "../../plan/transformation.ts";
import type { ElementArray } from "../../pytree/dtype.ts";
import { readTree } from "../../pytree/layout.ts";
import { leavesAlong } from "../../pytree/leaves-along.ts";
import type { Coroutine } from "../../run/suspended.ts";
import { show } from "../../show.ts";

/** A result, or a promise of it where the update is asynchronous. */
/** A value or a promise of it. */
export type Awaitable<T> = T | Promise<T>;

/**
 * The extra arguments that a line search needs in every update. The functions may be asynchronous with `updateAsync` and
 * `applyGradientsAsync`. They get new arrays, and their results are copied where they are stored.
 */
export interface LinesearchExtraArgs<P> {
  /** The objective at the parameters; not NaN. */
  readonly value: number;
  /** The gradient of the objective at the parameters. */
  readonly grad: P;
  /** Returns the objective at given parameters. It is enough for searches that need no gradients along the line. */
  readonly valueFn?: (params: P) => Awaitable<number>;
  /** Returns the objective and its gradient at given parameters: `jax.value_and_grad` of the objective. */
  readonly valueAndGradFn?: (params: P) => Awaitable<readonly [value: number, grad: P]>;
}

type Objective = LinesearchExtraArgs<unknown>;

/** Returns the extra arguments of an update. Throws where `value`, `grad` or all of the named functions are missing. */
export const objectiveOf = (
  owner: string,
  extra: ExtraArgs | undefined,
  functions: readonly ("valueFn" | "valueAndGradFn")[],
): Objective => {
  const given = (extra ?? {}) as Partial<Objective>;
  const missing = [
    ...(typeof given.value === "number" ? [] : ["value"]),
    ...(typeof given.grad === "object" && given.grad !== null ? [] : ["grad"]),
    ...(functions.some((name) => typeof given[name] === "function") ? [] : [functions.join(" or ")]),
  ];
  if (missing.length === 0) {
    // An infinite value is allowed, since any finite one is a decrease from it. From NaN none is.
    if (Number.isNaN(given.value)) extraNumber(owner, extra, "value");
    return given as Objective;
  }
  const call = `{ value, grad, ${functions[0]} }`;
  const meaning = {
    valueFn: "valueFn a function from parameters to the objective",
    valueAndGradFn: "valueAndGradFn a function from parameters to [objective, gradient]",
  };
  throw new GradloomError("EXTRA_ARGUMENT_REQUIRED", `this line search needs ${missing.join(", ")}.`, {
    path: `${owner}.${missing[0]?.split(" ")[0]}`,
    remedy:
      `Call update(updates, state, params, ${call}) or applyGradients(grads, ${call}): value is the objective at the ` +
      `parameters, a number, grad its gradient there, ${functions.map((name) => meaning[name]).join(", ")}.`,
  });
};

/** Returns the arrays of a gradient: a tree like all parameters, or like those in the transformation's scope. */
export const gradientArrays = ({ scope }: Computation, grad: unknown, path: string): ElementArray[] => {
  const { whole } = scope;
  return readTree(leavesAlong(whole, grad) ? whole : scope.layout, grad, path, { nullIntegers: true });
};

const refuse = (path: string, got: unknown, expected: string): GradloomError =>
  new GradloomError("INVALID_HYPERPARAMETER", `the objective returned ${show(got)}.`, {
    path,
    remedy: `Let it return ${expected}.`,
  });

/** Calls `valueFn` and checks its result. */
export const askValue = function* (
  owner: string,
  { valueFn }: Objective,
  params: unknown,
): Coroutine<number> {
  const value = yield () => valueFn?.(params);
  if (typeof value === "number") return value;
  throw refuse(`${owner}.valueFn`, value, "a number");
};

/** Calls `valueAndGradFn` and checks its result. */
export const askValueAndGrad = function* (
  owner: string,
  { valueAndGradFn }: Objective,
  params: unknown,
): Coroutine<[value: number, grad: unknown]> {
  const pair = yield () => valueAndGradFn?.(params);
  if (Array.isArray(pair) && pair.length === 2 && typeof pair[0] === "number") return [pair[0], pair[1]];
  throw refuse(`${owner}.valueAndGradFn`, pair, "[value, grad] with a number first");
};
