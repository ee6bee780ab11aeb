import { deriveSchedule } from "./derived-schedule.ts";
import { GradloomError } from "./error.ts";
import { doYouMean } from "./nearest.ts";
import { DTYPES, type DType } from "./pytree/dtype.ts";
import { isPlainObject } from "./pytree/tree-def.ts";
import { show } from "./show.ts";
import type { ScalarOrSchedule, Schedule } from "./types.ts";

/** One option: its default and the check that a given value must pass. */
export interface Field<T> {
  readonly default: T;
  /** Returns the value to use, or throws a `GradloomError` that names `path`. */
  check(value: unknown, path: string): T;
  /** True for a hyperparameter that `injectHyperparams` can hold in its state. */
  readonly numeric?: true;
  /** The remedy where a schedule is given in place of the number. */
  readonly scheduleRemedy?: string;
}

/** The field of a hyperparameter that `injectHyperparams` can hold in its state. */
export interface NumericField<T> extends Field<T> {
  readonly numeric: true;
}

/** A record of fields: the options of one function, with defaults and ranges in one place. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

/** The options object that fields describe: every key may be left out. */
export type OptionsOf<F extends Fields> = {
  readonly [K in keyof F]?: (F[K] extends Field<infer T> ? T : never) | undefined;
};

/** The values after defaults are filled in. */
export type Parsed<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

/** Bounds of a number. `min` and `max` are allowed values; `above` and `below` are not. */
export interface Range {
  readonly min?: number;
  readonly max?: number;
  readonly above?: number;
  readonly below?: number;
  /** Allows integers alone; unless there is another bound, up to `MOST_INTEGER`. */
  readonly integer?: boolean;
  /** Allows infinity. */
  readonly infinite?: boolean;
}

/** The greatest integer that an option may be, and where counts stop: the largest of 32 bits, as in Optax. */
export const MOST_INTEGER: number = 2 ** 31 - 1;

const greatest = ({ max, below, integer }: Range): number | undefined =>
  max ?? (integer && below === undefined ? MOST_INTEGER : undefined);

const describe = (range: Range): string => {
  const max = greatest(range);
  const bounds = [
    range.min !== undefined && `>= ${range.min}`,
    range.above !== undefined && `> ${range.above}`,
    max !== undefined && `<= ${max}`,
    range.below !== undefined && `< ${range.below}`,
  ].filter(Boolean);
  const kind = range.integer ? "an integer" : range.infinite ? "a number" : "a finite number";
  return bounds.length > 0 ? `${kind} ${bounds.join(" and ")}` : kind;
};

const inside = (x: number, r: Range): boolean =>
  (r.infinite ? !Number.isNaN(x) : Number.isFinite(x)) &&
  (r.min === undefined || x >= r.min) &&
  x <= (greatest(r) ?? x) &&
  (r.above === undefined || x > r.above) &&
  (r.below === undefined || x < r.below) &&
  (!r.integer || Number.isInteger(x));

const refuse = (path: string, value: unknown, expected: string): never => {
  throw new GradloomError("INVALID_HYPERPARAMETER", `got ${show(value)}.`, {
    path,
    remedy: `Pass ${expected}.`,
  });
};

/** Makes the field of a number within a range. */
export const real = (fallback: number, range: Range = {}): NumericField<number> => ({
  default: fallback,
  numeric: true,
  check: (value, path) =>
    typeof value === "number" && inside(value, range) ? value : refuse(path, value, describe(range)),
});

/** Makes the field of the decay rate of a moving average: in [0, 1]. An average that decays by 1 never moves. */
export const decay = (fallback: number): NumericField<number> => real(fallback, { min: 0, max: 1 });

/** Makes the field of a boolean. */
export const flag = (fallback: boolean): Field<boolean> => ({
  default: fallback,
  check: (value, path) => (typeof value === "boolean" ? value : refuse(path, value, "true or false")),
});

/** Makes the field of one of several words. */
export const oneOf = <const W extends string>(words: readonly W[], fallback: W): Field<W> => ({
  default: fallback,
  check: (value, path) =>
    words.includes(value as W) ? (value as W) : refuse(path, value, words.map((w) => `"${w}"`).join(" or ")),
});

/** Makes a field whose value may be left out or null: Optax's `None`. */
export function maybe<T>(field: Pick<NumericField<T>, "check" | "numeric">): NumericField<T | null>;
export function maybe<T>(field: Pick<Field<T>, "check">): Field<T | null>;
export function maybe<T>(field: Pick<Field<T>, "check" | "numeric">): Field<T | null> {
  return {
    default: null,
    ...(field.numeric && { numeric: true }),
    check: (value, path) => (value === null || value === undefined ? null : field.check(value, path)),
  };
}

/** The schedules whose values are checked already, under the name that the outermost function gave them. */
const checked = new WeakSet<Schedule>();

/** Returns the value of a schedule at a step, counted from 0. Throws where it is no number in the range. */
export const scheduledValue = (value: unknown, path: string, step: number, range: Range = {}): number => {
  if (typeof value === "number" && inside(value, range)) return value;
  throw new GradloomError("INVALID_HYPERPARAMETER", `returned ${show(value)} at step ${step}.`, {
    path,
    remedy: `Return ${describe(range)} for every step.`,
  });
};

/** Makes a schedule that checks its values. Errors name the outermost function that takes it. */
const checkedSchedule = (given: Schedule, path: string, range?: Range): Schedule => {
  if (checked.has(given)) return given;
  const made = deriveSchedule(given, (value, count) => scheduledValue(value, path, count, range));
  checked.add(made);
  return made;
};

/** Makes the field of a number or a schedule of the step. Every value of a schedule must be in the range too. */
export const scalarOrSchedule = (fallback: number, range: Range = {}): NumericField<ScalarOrSchedule> => ({
  default: fallback,
  numeric: true,
  check: (value, path) => {
    if (typeof value === "function") return checkedSchedule(value as Schedule, path, range);
    if (typeof value === "number" && inside(value, range)) return value;
    return refuse(path, value, `${describe(range)}, or a function of the step`);
  },
});

/** The field of a schedule: a function of the step. */
export const schedule: Pick<Field<Schedule>, "check"> = {
  check: (value, path) =>
    typeof value === "function"
      ? checkedSchedule(value as Schedule, path)
      : refuse(path, value, "a function of the step"),
};

/** Makes the field of a function. */
export const func = <F>(what: string): Pick<Field<F>, "check"> => ({
  check: (value, path) => (typeof value === "function" ? (value as F) : refuse(path, value, what)),
});

/** The field of a storage type. */
export const dtype: Pick<Field<DType>, "check"> = {
  check: (value, path) => {
    const names = Object.keys(DTYPES);
    return names.includes(value as string) ? (value as DType) : refuse(path, value, names.join(" or "));
  },
};

/** The field of the sizes of an array's axes: none by default. */
export const sizes: Field<readonly number[]> = {
  default: [],
  check: (value, path) => {
    if (Array.isArray(value) && value.every((n) => inside(n, { min: 0, integer: true }))) return value;
    throw new GradloomError("INVALID_HYPERPARAMETER", "this is not a shape.", {
      path,
      remedy: "Pass a list of sizes, such as [2, 3].",
    });
  },
};

/** Makes the field of a value that is checked by the function itself. */
export const unchecked = <T>(fallback: T): Field<T> => ({ default: fallback, check: (value) => value as T });

const refuseUnknown = (owner: string, key: string, known: readonly string[]): never => {
  const list =
    known.length > 0 ? `The options are ${known.join(", ")}.` : "Leave it out: there are no options.";
  throw new GradloomError("UNKNOWN_OPTION", "there is no option of this name.", {
    path: `${owner}.${key}`,
    remedy: doYouMean(key, known) + list,
  });
};

/**
 * Fills in the defaults and checks every option that was given.
 *
 * @param owner - the public name of the function whose options these are
 * @param before - the arguments before the options, for errors
 */
export const parse = <F extends Fields>(
  owner: string,
  fields: F,
  given: OptionsOf<F> | undefined,
  before: readonly string[] = ["…"],
): Parsed<F> => {
  const known = Object.keys(fields);
  if (given !== undefined && (typeof given !== "object" || given === null || Array.isArray(given))) {
    throw new GradloomError("UNKNOWN_OPTION", `expected an options object, got ${show(given)}.`, {
      path: owner,
      remedy: `Write ${callOf(owner, before, known[0])}.`,
    });
  }
  for (const key of Object.keys(given ?? {})) {
    if (!Object.hasOwn(fields, key)) refuseUnknown(owner, key, known);
  }
  const parsed: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(fields)) {
    const value = given?.[key];
    parsed[key] = value === undefined ? field.default : field.check(value, `${owner}.${key}`);
  }
  return parsed as Parsed<F>;
};

/** Writes a call with its arguments and one of its options, as an example. */
export const callOf = (owner: string, args: readonly string[], option: string | undefined): string =>
  `${owner}(${[...args, ...(option === undefined ? [] : [`{ ${option}: … }`])].join(", ")})`;

/** Checks one positional argument. */
export const required = <T>(
  owner: string,
  name: string,
  field: Pick<Field<T>, "check">,
  value: unknown,
): T => {
  try {
    return field.check(value, `${owner}.${name}`);
  } catch (error) {
    if (!isPlainObject(value)) throw error;
    throw new GradloomError("INVALID_HYPERPARAMETER", "got an object.", {
      path: `${owner}.${name}`,
      remedy: "Pass the arguments one by one in their order, and an object of options after them.",
    });
  }
};
