import type { Arguments, Defined } from "../define.ts";
import { GradloomError } from "../error.ts";
import { asNode } from "../kernels/as-node.ts";
import { type Field, type Fields, type OptionsOf, parse, scheduledValue } from "../options.ts";
import type { Node, Transformation } from "../plan/node.ts";
import type { Scope } from "../plan/scope.ts";
import { HostValue, OpenRecord, type StateLayout } from "../plan/state.ts";
import { stateMismatch } from "../plan/state-form.ts";
import type { Binding, StepContext, StepHooks } from "../plan/step-hooks.ts";
import type { GradientTransformation, StateOf } from "../plan/transformation.ts";
import { named } from "../pytree/named.ts";
import { isPlainObject } from "../pytree/tree-def.ts";
import { fromNode } from "../run/pure.ts";
import { show } from "../show.ts";
import type { Schedule } from "../types.ts";
import { type Bound, bind, type Call } from "./hyperparameters-of-call.ts";
import type { HyperparamsOf, HyperparamsOfCall } from "./hyperparams-type.ts";

/** The state of `injectHyperparams`: its hyperparameters can be read, and those that are not scheduled can be set. */
export interface InjectStatefulHyperparamsState<S, H = Record<string, number>> {
  readonly count: number;
  /** The values of the last update; before the first update, those that it will use. */
  hyperparams: H;
  readonly hyperparamsStates: { readonly [K in keyof H]?: { readonly count: number } };
  readonly innerState: S;
}

/** Arguments in which every number may be a schedule. */
export type Schedulable<A> = { [K in keyof A]: A[K] extends number | undefined ? A[K] | Schedule : A[K] };

/** The transformation that `injectHyperparams` makes from one of type `T`. */
export type Injected<T extends GradientTransformation, H> = Transformation<
  InjectStatefulHyperparamsState<StateOf<T>, H>
>;

/** The options of `injectHyperparams`; `N` is a union of the names. */
export type InjectHyperparamsOptions<N extends string = string> = OptionsOf<typeof OPTIONS> & {
  readonly staticArgs?: N | readonly N[] | undefined;
};

const names: Field<readonly string[]> = {
  default: [],
  check: (value, path) => {
    const list: unknown[] = Array.isArray(value) ? value : [value];
    if (list.every((name): name is string => typeof name === "string")) return list;
    throw new GradloomError("INVALID_HYPERPARAMETER", "expected a name or a list of names.", {
      path,
      remedy: 'Write injectHyperparams(adam, { staticArgs: ["b1"] }).',
    });
  },
};

const OPTIONS = {
  /** Names of arguments, or one name, that are passed on unchanged and are no part of the state. */
  staticArgs: names as Field<string | readonly string[]>,
};

/** A transformation that is made anew in every step from the hyperparameters in its state. */
class InjectNode implements Node, StepHooks {
  readonly name = "injectHyperparams";
  readonly key: string;
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
    this.key = `inject ${Object.keys({ ...call.numbers, ...call.schedules })}`;
  }

  lower(scope: Scope): StateLayout {
    const { numbers, schedules } = this.#call;
    const scheduled = Object.keys(schedules);
    scope.bind(this);
    return named("InjectStatefulHyperparamsState", {
      count: new HostValue(0),
      hyperparams: new OpenRecord({ ...numbers, ...this.#evaluate(0) }),
      hyperparamsStates: Object.fromEntries(
        scheduled.map((name) => [name, named("WrappedScheduleState", { count: new HostValue(0) })]),
      ),
      innerState: this.#inner({ ...numbers, ...this.#evaluate(0) }).lower(scope.at("innerState")),
    });
  }

  hooks(): readonly StepHooks[] {
    return [this, ...this.#inner({ ...this.#call.numbers, ...this.#evaluate(0) }).hooks()];
  }

  prepare(state: unknown, binding: Binding, { program }: StepContext): void {
    const { hyperparams, count } = state as InjectStatefulHyperparamsState<unknown>;
    this.#check(hyperparams);
    const values = { ...hyperparams, ...this.#evaluate(count) };
    const hooks = this.#inner(values).hooks();
    const first = program.bindings.indexOf(binding) + 1;
    hooks.forEach((own, i) => {
      const place = program.bindings[first + i] as Binding;
      if (place.hooks.key !== own.key) throw structureChanged();
      place.hooks = own;
    });
  }

  commit(state: unknown): void {
    const injected = state as {
      count: number;
      hyperparams: Record<string, number>;
      hyperparamsStates: Record<string, { count: number }>;
    };
    Object.assign(injected.hyperparams, this.#evaluate(injected.count));
    injected.count += 1;
    for (const own of Object.values(injected.hyperparamsStates)) own.count += 1;
  }

  #evaluate(count: number): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this.#call.schedules).map(([name, f]) => [
        name,
        scheduledValue(f(count), `injectHyperparams.${name}`, count, { infinite: true }),
      ]),
    );
  }

  #check(hyperparams: unknown): void {
    const { numbers, schedules } = this.#call;
    if (!isPlainObject(hyperparams)) throw stateMismatch("hyperparams", "an object of numbers");
    for (const name of Object.keys(hyperparams)) {
      if (Object.hasOwn(numbers, name) || Object.hasOwn(schedules, name)) continue;
      throw new GradloomError("UNKNOWN_OPTION", "there is no hyperparameter of this name.", {
        path: `hyperparams.${name}`,
        remedy: `The hyperparameters are ${Object.keys({ ...numbers, ...schedules }).join(", ")}.`,
      });
    }
    for (const name of Object.keys(numbers)) {
      const value = hyperparams[name];
      if (typeof value === "number") continue;
      throw new GradloomError("INVALID_STATE", `expected a number, got ${show(value)}.`, {
        path: `hyperparams.${name}`,
        remedy: "Set single entries of state.hyperparams, or keep the others: { ...state.hyperparams, … }.",
      });
    }
  }

  #inner(values: Bound): Node {
    return asNode(this.#call.make(values), "injectHyperparams");
  }
}

const structureChanged = (): GradloomError =>
  new GradloomError("INVALID_HYPERPARAMETER", "a hyperparameter has changed which transformations run.", {
    path: "injectHyperparams",
    remedy: "Name the argument in staticArgs.",
  });

/**
 * Moves the hyperparameters of an optimizer into its state, where they can be read and, unless scheduled, set between steps.
 *
 * Every numeric argument becomes an entry of `state.hyperparams`, defaults included; where a function of the step is given in
 * place of a number, its value at each step is recorded there. Other arguments (flags, masks, dtypes) are passed on unchanged.
 *
 * @param innerFactory - an optimizer such as `adam`, or your own function of one object of hyperparameters
 * @throws GradloomError `INVALID_HYPERPARAMETER` at the step whose hyperparameter is out of range, `INVALID_STATE` where one is
 *   missing, `UNKNOWN_OPTION` where `staticArgs` has a name that the optimizer does not know
 * @example
 * const tx = gl.injectHyperparams(gl.adamw)(gl.linearSchedule(1, 0, 10), { weightDecay: 0.1 });
 * const state = tx.init({ w: new Float32Array(2) });
 * console.log(state.hyperparams.learningRate, state.hyperparams.weightDecay); // 1 0.1
 * state.hyperparams.weightDecay = 0;
 */
export function injectHyperparams<
  A extends unknown[],
  Q extends Arguments,
  F extends Fields,
  T extends GradientTransformation,
  N extends string = never,
>(
  innerFactory: Defined<A, Q, F, T>,
  options?: InjectHyperparamsOptions<N>,
): (
  ...args: [...Schedulable<A>, options?: Schedulable<OptionsOf<F>>]
) => Injected<T, HyperparamsOfCall<Q, F, N>>;
export function injectHyperparams<
  H extends object,
  T extends GradientTransformation,
  N extends string = never,
>(
  innerFactory: (hyperparams: H) => T,
  options?: InjectHyperparamsOptions<N>,
): (hyperparams: Schedulable<H>) => Injected<T, HyperparamsOf<H, N>>;
export function injectHyperparams(
  innerFactory: (...args: never[]) => GradientTransformation,
  options?: OptionsOf<typeof OPTIONS>,
): (...args: never[]) => Injected<GradientTransformation, object> {
  const { staticArgs } = parse("injectHyperparams", OPTIONS, options);
  if (typeof innerFactory !== "function") {
    throw new GradloomError(
      "INVALID_HYPERPARAMETER",
      `expected a function that makes a transformation, got ${show(innerFactory)}.`,
      {
        path: "injectHyperparams.innerFactory",
        remedy: "Write injectHyperparams(adam)(0.1).",
      },
    );
  }
  const callOf = bind(innerFactory, [staticArgs].flat());
  return (...args) => fromNode(new InjectNode(callOf(...args)));
}
