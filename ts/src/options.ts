import { GradloomError } from "./error.ts";
import { DTYPES, type DType } from "./pytree/dtype.ts";

/** One option: its default and the check that a given value must pass. */
export interface Field<T> {
  readonly default: T;
  /** Returns the value to use, or throws a `GradloomError` that names `path`. */
  check(value: unknown, path: string): T;
  /** True for a hyperparameter that `injectHyperparams` can hold in its state. */
  readonly numeric?: true;
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

const show = (value: unknown): string => {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" && value !== null
    ? `a ${value.constructor?.name ?? "object"}`
    : String(value);
};

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

/** Makes the field of a number or a schedule of the step. The value of a schedule is checked when it is evaluated. */
export const scalarOrSchedule = (
  fallback: number,
  range: Range = {},
): NumericField<number | ((count: number) => number)> => {
  const scalar = real(fallback, range);
  return {
    default: fallback,
    numeric: true,
    check: (value, path) =>
      typeof value === "function" ? (value as (count: number) => number) : scalar.check(value, path),
  };
};

/** The field of a schedule: a function of the step. */
export const schedule: Pick<Field<(count: number) => number>, "check"> = {
  check: (value, path) =>
    typeof value === "function"
      ? (value as (count: number) => number)
      : refuse(path, value, "a function of the step"),
};

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

/**
 * Fills in the defaults and checks every option that was given.
 *
 * @param owner - the public name of the function whose options these are
 */
export const parse = <F extends Fields>(
  owner: string,
  fields: F,
  given: OptionsOf<F> | undefined,
): Parsed<F> => {
  if (given !== undefined && (typeof given !== "object" || given === null || Array.isArray(given))) {
    throw new GradloomError("UNKNOWN_OPTION", `expected an options object, got ${show(given)}.`, {
      path: owner,
      remedy: `Write ${owner}(…, { ${Object.keys(fields)[0] ?? ""}: … }).`,
    });
  }
  for (const key of Object.keys(given ?? {})) {
    if (!Object.hasOwn(fields, key)) {
      throw new GradloomError("UNKNOWN_OPTION", `there is no option of this name.`, {
        path: `${owner}.${key}`,
        remedy: `The options are ${Object.keys(fields).join(", ")}.`,
      });
    }
  }
  const parsed: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(fields)) {
    const value = given?.[key];
    parsed[key] = value === undefined ? field.default : field.check(value, `${owner}.${key}`);
  }
  return parsed as Parsed<F>;
};

/** Checks one positional argument. */
export const required = <T>(owner: string, name: string, field: Pick<Field<T>, "check">, value: unknown): T =>
  field.check(value, `${owner}.${name}`);
