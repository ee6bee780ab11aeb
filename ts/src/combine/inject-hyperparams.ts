import type { Arguments, Defined } from "../define.ts";
import { GradloomError } from "../error.ts";
import { asNode } from "../kernels/as-node.ts";
import { gradientsOf } from "../kernels/composite-node.ts";
import { safeIncrement } from "../kernels/safe-increment.ts";
import { type Field, type Fields, type OptionsOf, parse } from "../options.ts";
import type { TransformationDescription } from "../plan/description.ts";
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
import { type Bound, bind, type Call } from "./hyperparameters-of-call.ts";
import type { HyperparamsOf, HyperparamsOfCall } from "./hyperparams-type.ts";
import { type AnySchedule, type InjectedSchedule, injectedSchedule } from "./injected-schedule.ts";

/** The state of `injectHyperparams`: its hyperparameters can be read, and those that are not scheduled can be set. */
export interface InjectStatefulHyperparamsState<S, H = Record<string, number>> {
  readonly count: number;
  /** The values of the last update; before the first update, those that it will use. */
  hyperparams: H;
  /** The states of the schedules by the names of their hyperparameters: `{ count }` for a function of the step. */
  readonly hyperparamsStates: { readonly [K in keyof H]?: unknown };
  readonly innerState: S;
}

/** Arguments in which every number may be a schedule, also one with a state. */
export type Schedulable<A> = { [K in keyof A]: number extends A[K] ? A[K] | AnySchedule : A[K] };

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

/** What one step leaves to its end: the hyperparameters that it used, and the next states of their schedules. */
interface Prepared {
  readonly hyperparams: Readonly<Record<string, number>>;
  readonly hyperparamsStates: Readonly<Record<string, unknown>>;
}

const mapValues = <T, R>(
  record: Readonly<Record<string, T>>,
  f: (value: T, name: string) => R,
): Record<string, R> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, f(value, name)]));

const withoutOptions = ({ name, chain, inner }: TransformationDescription): TransformationDescription => ({
  name,
  options: {},
  ...(chain && { chain: chain.map(withoutOptions) }),
  ...(inner && { inner: inner.map(withoutOptions) }),
});

/** A transformation that is made anew in every step from the hyperparameters in its state. */
class InjectNode implements Node, StepHooks {
  readonly name = "injectHyperparams";
  readonly key: string;
  readonly #call: Call;
  readonly #schedules: Readonly<Record<string, InjectedSchedule>>;
  #started: { readonly values: Record<string, number>; readonly inner: Node } | undefined;

  constructor(call: Call) {
    this.#call = call;
    this.#schedules = mapValues(call.schedules, (schedule, name) => injectedSchedule(name, schedule));
    this.key = `inject ${Object.keys({ ...call.numbers, ...call.schedules })}`;
  }

  lower(scope: Scope): StateLayout {
    const { bindings } = scope.builder;
    const { values, inner } = this.#start();
    const own = bindings[scope.bind(this)] as Binding;
    const before = bindings.length;
    const innerState = inner.lower(scope.at("innerState"));
    own.inside = bindings.length - before;
    return named("InjectStatefulHyperparamsState", {
      count: new HostValue(0),
      hyperparams: new OpenRecord(values, Object.keys(this.#schedules)),
      hyperparamsStates: mapValues(this.#schedules, ({ layout }) => layout),
      innerState,
    });
  }

  gradientsOf(): readonly string[] {
    return gradientsOf(this.#start().inner);
  }

  /** Returns its own hooks alone: those of the transformation inside are replaced in every step. */
  hooks(): readonly StepHooks[] {
    return [this];
  }

  /** Describes the transformation inside by its names: its hyperparameters are in the state. */
  describe(of: (inner: Node) => TransformationDescription): TransformationDescription {
    return { name: this.name, options: {}, inner: [withoutOptions(of(this.#start().inner))] };
  }

  prepare(state: unknown, binding: Binding, step: StepContext): void {
    const { hyperparams, hyperparamsStates } = state as InjectStatefulHyperparamsState<unknown>;
    this.#check(hyperparams);
    const scheduled = mapValues(this.#schedules, (schedule, name) =>
      schedule.value(hyperparamsStates[name], step),
    );
    const prepared: Prepared = {
      hyperparams: scheduled,
      hyperparamsStates: mapValues(this.#schedules, (schedule, name) =>
        schedule.next(hyperparamsStates[name], step),
      ),
    };
    binding.prepared = prepared;
    const { bindings } = step.program;
    let next = bindings.indexOf(binding) + 1;
    for (const own of this.#inner({ ...hyperparams, ...scheduled }).hooks()) {
      const place = bindings[next] as Binding;
      if (place.hooks.key !== own.key) throw structureChanged();
      place.hooks = own;
      next += 1 + (place.inside ?? 0);
    }
  }

  commit(state: unknown, binding: Binding): void {
    const { hyperparams, hyperparamsStates } = binding.prepared as Prepared;
    const injected = state as { count: number } & { [K in keyof Prepared]: object };
    Object.assign(injected.hyperparams, hyperparams);
    Object.assign(injected.hyperparamsStates, hyperparamsStates);
    injected.count = safeIncrement(injected.count);
  }

  /** Makes, once, the hyperparameters before the first step and the transformation that they give. */
  #start(): { readonly values: Record<string, number>; readonly inner: Node } {
    if (!this.#started) {
      const scheduled = mapValues(this.#schedules, (schedule) => schedule.first());
      const values = { ...this.#call.numbers, ...scheduled };
      this.#started = { values, inner: this.#inner(values) };
    }
    return this.#started;
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
 * Every numeric argument becomes an entry of `state.hyperparams`, defaults included; where a function of the step or a
 * `StatefulSchedule` is given in place of a number, its value at each step is recorded there, and its state in
 * `state.hyperparamsStates`. A stateful schedule sees the extra arguments of each update. Other arguments (flags, masks, dtypes)
 * are passed on unchanged.
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
