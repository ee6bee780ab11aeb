import type { Variable } from "@tensorflow/tfjs-core";
import { GradloomError } from "../error.ts";
import type { VariableState } from "./divided-state.ts";

/** Returns a name without the number that layers append where it is taken, as in `dense/kernel_1`. */
const withoutNumber = (name: string): string => (name.includes("/") ? name.replace(/_\d+$/, "") : name);

/** Returns names for some variables that none of them has twice, and that are not taken. */
const namesFor = (variables: readonly Variable[], taken: ReadonlySet<string>): string[] => {
  const short = variables.map(({ name }) => withoutNumber(name));
  const isFree = (name: string) => !taken.has(name) && short.filter((other) => other === name).length === 1;
  const used = new Set(taken);
  return variables.map((variable, i) => {
    let name = isFree(short[i] as string) ? (short[i] as string) : variable.name;
    while (used.has(name)) name += "_";
    used.add(name);
    return name;
  });
};

/**
 * Returns for each variable the name under which its state was saved, undefined where there is none. Throws where both a variable and a
 * state are left over: layers that were numbered anew have each other's names.
 */
const matchNames = (
  variables: readonly Variable[],
  names: readonly string[],
  saved: readonly string[],
): (string | undefined)[] => {
  const found = variables.map(({ name }, i) =>
    [name, names[i]].find((known) => saved.includes(known as string)),
  );
  const chosen = found.filter((name) => name !== undefined);
  const fits = chosen.length > 0 && new Set(chosen).size === chosen.length;
  if (fits && [variables.length, saved.length].includes(chosen.length)) return found;
  if (!fits && variables.length === saved.length) return [...saved];
  throw new GradloomError("INVALID_STATE", "the loaded state is of other variables.", {
    path: variables[found.indexOf(undefined)]?.name ?? "optimizer",
    remedy: `It has ${saved.join(", ")}. Train these, giving layers the names that they had, or make a new optimizer.`,
  });
};

/** The states of variables that take no part in a training, and the names by which trees know variables. */
export class VariableStates {
  /** Those of variables that were left out of a step, and of variables that are to take part again. */
  readonly resting: ReadonlyMap<Variable, VariableState>;
  /** Loaded ones whose variables have not been seen yet. */
  readonly waiting: ReadonlyMap<string, VariableState>;
  /**
   * The names of all variables seen, those of TensorFlow.js without the numbers that layers append. One whose state has been loaded
   * keeps the name that it was saved under.
   */
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
    const own = namesFor(unseen, new Set(names.values()));
    // Loaded states are given out at the first step; later variables are found by their names.
    const isFirst = names.size === 0 && waiting.size > 0;
    const matches = isFirst ? matchNames(unseen, own, [...waiting.keys()]) : own;
    const used = new Set(names.values());
    for (const [i, variable] of unseen.entries()) {
      let name = matches[i] ?? (own[i] as string);
      while (used.has(name)) name += "_";
      used.add(name);
      const state = waiting.get(name);
      if (state) resting.set(variable, state);
      waiting.delete(name);
      names.set(variable, name);
    }
    return new VariableStates(resting, waiting, names);
  }
}
