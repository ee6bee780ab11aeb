import type { Variable } from "@tensorflow/tfjs-core";
import { GradloomError } from "../error.ts";
import type { VariableState } from "./divided-state.ts";

/** Returns a name without the number that layers append where it is taken: `kernel_1`. */
const withoutNumber = (name: string): string => name.replace(/_\d+$/, "");

/** Returns for each variable the name under which its state was saved, undefined where there is none. */
const matchNames = (variables: readonly Variable[], saved: readonly string[]): (string | undefined)[] => {
  const exact = new Set(variables.map(({ name }) => name).filter((name) => saved.includes(name)));
  const free = saved.filter((name) => !exact.has(name));
  const found = variables.map(({ name }) => {
    if (exact.has(name)) return name;
    const alike = free.filter((other) => withoutNumber(other) === withoutNumber(name));
    return alike.length === 1 ? alike[0] : undefined;
  });
  const chosen = found.filter((name) => name !== undefined);
  const isClear = chosen.length > 0 && new Set(chosen).size === chosen.length;
  if (isClear) return found;
  if (variables.length === saved.length) return [...saved];
  throw new GradloomError("INVALID_STATE", "the loaded state is of other variables.", {
    path: variables[0]?.name ?? "optimizer",
    remedy: `It has ${saved.join(", ")}. Train these, or make a new optimizer.`,
  });
};

/** The states of variables that take no part in a training, and the names by which trees know variables. */
export class VariableStates {
  /** Those of variables that were left out of a step, and of variables that are to take part again. */
  readonly resting: ReadonlyMap<Variable, VariableState>;
  /** Loaded ones whose variables have not been seen yet. */
  readonly waiting: ReadonlyMap<string, VariableState>;
  /** The names of all variables seen. One whose state has been loaded keeps the name that it was saved under. */
  readonly names: ReadonlyMap<Variable, string>;

  constructor(
    resting: ReadonlyMap<Variable, VariableState> = new Map(),
    waiting: ReadonlyMap<string, VariableState> = new Map(),
    names: ReadonlyMap<Variable, string> = new Map(),
  ) {
    this.resting = resting;
    this.waiting = waiting;
    this.names = names;
  }

  /** Leaves out the states of variables that take part in a training. */
  wake(variables: ReadonlySet<Variable>): VariableStates {
    const resting = new Map([...this.resting].filter(([variable]) => !variables.has(variable)));
    return new VariableStates(resting, this.waiting, this.names);
  }

  /** Adds the states of some variables that exist still. */
  rest(states: Iterable<readonly [Variable, VariableState]>): VariableStates {
    const resting = new Map([...this.resting, ...states].filter(([{ isDisposed }]) => !isDisposed));
    return new VariableStates(resting, this.waiting, this.names);
  }

  /** Gives names, and the states that wait for them, to variables that have not been seen. Throws where loaded states fit none. */
  meet(variables: readonly Variable[]): VariableStates {
    const unseen = variables.filter((variable) => !this.names.has(variable));
    if (unseen.length === 0) return this;
    const resting = new Map(this.resting);
    const waiting = new Map(this.waiting);
    const names = new Map([...this.names].filter(([{ isDisposed }]) => !isDisposed));
    const isFirst = names.size === 0 && waiting.size > 0;
    const matches = isFirst ? matchNames(unseen, [...waiting.keys()]) : unseen.map(({ name }) => name);
    const taken = new Set(names.values());
    for (const [i, variable] of unseen.entries()) {
      const match = matches[i];
      const state = match === undefined ? undefined : waiting.get(match);
      if (match !== undefined && state) {
        resting.set(variable, state);
        waiting.delete(match);
      }
      let name = match ?? variable.name;
      while (taken.has(name)) name += "_";
      taken.add(name);
      names.set(variable, name);
    }
    return new VariableStates(resting, waiting, names);
  }
}
