import { GradloomError } from "../error.ts";
import { safeIncrement } from "../kernels/safe-increment.ts";
import { scheduledValue } from "../options.ts";
import { HostValue, OpaqueState, type StateLayout } from "../plan/state.ts";
import type { StepContext } from "../plan/step-hooks.ts";
import { named, namedLike } from "../pytree/named.ts";
import type { StatefulSchedule } from "../schedules/stateful-schedule.ts";
import { show } from "../show.ts";
import type { Schedule } from "../types.ts";

/** A hyperparameter's schedule: a function of the step, or one with a state of its own. */
// biome-ignore lint/suspicious/noExplicitAny: the state is the schedule's own
export type AnySchedule = Schedule | StatefulSchedule<any>;

/** A schedule whose state is in that of `injectHyperparams`. */
export interface InjectedSchedule {
  readonly layout: StateLayout;
  /** Returns the value before the first step. */
  first(): number;
  /** Returns the value at a step, given the state before it. */
  value(state: unknown, step: StepContext): number;
  /** Returns the state after a step. */
  next(state: unknown, step: StepContext): unknown;
}

const METHODS = ["init", "update", "call"] as const;

/** Returns whether an argument is a schedule. */
export const isSchedule = (value: unknown): value is AnySchedule =>
  typeof value === "function" ||
  (typeof value === "object" &&
    value !== null &&
    METHODS.every((name) => typeof (value as Partial<StatefulSchedule<unknown>>)[name] === "function"));

/** Throws where the value of a stateful schedule is not a number. */
const checked = (name: string, value: number): number => {
  if (typeof value === "number" && !Number.isNaN(value)) return value;
  throw new GradloomError("INVALID_HYPERPARAMETER", `returned ${show(value)}.`, {
    path: `injectHyperparams.${name}`,
    remedy: "A schedule must return a number for every step.",
  });
};

const ofCount = (name: string, schedule: Schedule): InjectedSchedule => {
  const at = (count: number, value: number): number =>
    scheduledValue(value, `injectHyperparams.${name}`, count, { infinite: true });
  return {
    layout: named("WrappedScheduleState", { count: new HostValue(0) }),
    first: () => at(0, schedule(0)),
    value: (state, step) => {
      const { count } = state as { readonly count: number };
      return at(count, step.at(schedule, count));
    },
    next: (state) =>
      namedLike(state as object, { count: safeIncrement((state as { readonly count: number }).count) }),
  };
};

const withState = (name: string, schedule: StatefulSchedule<unknown>): InjectedSchedule => ({
  layout: new OpaqueState(() => schedule.init()),
  first: () => checked(name, schedule.call(schedule.init(), {})),
  value: (state, { extra = {} }) => checked(name, schedule.call(state, extra)),
  next: (state, { extra = {} }) => {
    const next = schedule.update(state, extra);
    if (next !== undefined) return next;
    throw new GradloomError("INVALID_HYPERPARAMETER", "update returned undefined.", {
      path: `injectHyperparams.${name}`,
      remedy: "The update of a stateful schedule must return its next state.",
    });
  },
});

/** Puts the state of a schedule, given the name of its hyperparameter, into that of `injectHyperparams`. */
export const injectedSchedule = (name: string, schedule: AnySchedule): InjectedSchedule =>
  typeof schedule === "function" ? ofCount(name, schedule) : withState(name, schedule);
