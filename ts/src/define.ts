import { GradloomError } from "./error.ts";
import { callOf, type Field, type Fields, type OptionsOf, type Parsed, parse } from "./options.ts";
import { isPlainObject } from "./pytree/tree-def.ts";
import { show } from "./show.ts";

/** The key under which a function made by `define` has its signature. */
export const SIGNATURE: unique symbol = Symbol.for("gradloom.signature");

/** The field of an argument without a default. */
export type Argument = Omit<Field<unknown>, "default">;
/** Positional arguments by name, in their order. */
export type Arguments = Readonly<Record<string, Argument>>;

/** The arguments of a function: positional ones in order, then the fields of the options object. */
export interface Signature<Q extends Arguments = Arguments, F extends Fields = Fields> {
  readonly name: string;
  readonly positional: Q;
  readonly fields: F;
}

/** A function of the arguments `A` and of options, which checks them. Its signature has the fields `Q` of its arguments and `F` of its options. */
export type Defined<A extends unknown[], Q extends Arguments, F extends Fields, R> = ((
  ...args: [...A, options?: OptionsOf<F>]
) => R) & {
  readonly [SIGNATURE]: Signature<Q, F>;
};

/** A call of a function made by `define`, with the values of its arguments and options. */
export interface Call {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

const calls = new WeakMap<object, Call>();

/** Returns the last call that returned a transformation, undefined where no function made by `define` did. */
export const callThatMade = (made: object): Call | undefined => calls.get(made);

/** Records the call that returned a transformation. Other results are not recorded: they would keep their arguments alive. */
const record = (made: unknown, call: Call): void => {
  const isTransformation = typeof (made as { readonly update?: unknown } | null)?.update === "function";
  if (isTransformation) calls.set(made as object, call);
};

const accepts = (field: Argument, value: unknown): boolean => {
  try {
    field.check(value, "");
    return true;
  } catch {
    return false;
  }
};

/** Returns what may stand in place of an argument that is not needed, as the end of a remedy. */
const instead = (field: Argument): string => {
  if (accepts(field, null)) return "; null for none";
  return accepts(field, undefined) ? "; undefined for its default" : "";
};

/** Returns the remedy where the options, or a schedule, are given in place of an argument; otherwise undefined. */
const remedyFor = (
  { name, positional, fields }: Signature,
  argument: string,
  field: Argument,
  value: unknown,
): string | undefined => {
  if (typeof value === "function" && field.numeric) {
    return field.scheduleRemedy ?? `Pass a number; injectHyperparams(${name}) takes a schedule here.`;
  }
  if (!isPlainObject(value) || !Object.hasOwn(positional, argument)) return undefined;
  const names = Object.keys(fields);
  const option = names.find((known) => Object.hasOwn(value, known)) ?? names[0];
  return `Write ${callOf(name, Object.keys(positional), option)}${instead(field)}.`;
};

/** Checks an argument. Throws an error that says how to write the call, where something else stands in the argument's place. */
const checkArgument = (signature: Signature, argument: string, field: Argument, value: unknown): unknown => {
  const path = `${signature.name}.${argument}`;
  try {
    return field.check(value, path);
  } catch (error) {
    const remedy = remedyFor(signature, argument, field, value);
    if (remedy === undefined || (error as GradloomError).path !== path) throw error;
    throw new GradloomError("INVALID_HYPERPARAMETER", `got ${show(value)}.`, { path, remedy });
  }
};

/**
 * Makes a public function from its name, its positional arguments, its options and its body. Every argument is checked
 * before `make` is called; `injectHyperparams` reads the names of the arguments from the signature.
 */
export const define = <A extends unknown[], Q extends Arguments, F extends Fields, R>(
  name: string,
  positional: Q,
  fields: F,
  make: (options: Parsed<F>, ...args: A) => R,
): Defined<A, Q, F, R> => {
  const signature: Signature<Q, F> = { name, positional, fields };
  const checks = Object.entries(positional);
  const before = Object.keys(positional);
  const guarded = Object.fromEntries(
    Object.entries(fields).map(([option, field]): [string, Field<unknown>] => [
      option,
      { ...field, check: (value) => checkArgument(signature, option, field, value) },
    ]),
  ) as F;
  const made = (...args: unknown[]): R => {
    const values = checks.map(([argument, field], i) => checkArgument(signature, argument, field, args[i]));
    const most = checks.length + (Object.keys(fields).length > 0 ? 1 : 0);
    if (args.length > checks.length + 1) {
      throw new GradloomError("UNKNOWN_OPTION", `got ${args.length} arguments, takes ${most} at most.`, {
        path: name,
        remedy: `Write ${callOf(name, before, Object.keys(fields)[0])}.`,
      });
    }
    const options = parse(name, guarded, args[checks.length] as OptionsOf<F> | undefined, before);
    const result = make(options, ...(values as A));
    record(result, {
      name,
      args: { ...Object.fromEntries(before.map((argument, i) => [argument, values[i]])), ...options },
    });
    return result;
  };
  return Object.assign(made, { [SIGNATURE]: signature }) as Defined<A, Q, F, R>;
};

/** Returns the signature of a function made by `define`, undefined for others. */
export const signatureOf = (value: unknown): Signature | undefined =>
  (value as { readonly [SIGNATURE]?: Signature } | undefined)?.[SIGNATURE];

/** The constructor of a class `C` whose instances have the exported type `T`. */
export type Made<C extends abstract new (...args: never[]) => unknown, T> = new (
  ...args: ConstructorParameters<C>
) => T;

/** Makes a class that, where `new` is forgotten, says how to write the call. */
export const needsNew = <C extends abstract new (...args: never[]) => unknown>(name: string, made: C): C =>
  new Proxy(Object.defineProperty(made, "name", { value: name }), {
    apply: () => {
      throw new GradloomError("INVALID_HYPERPARAMETER", "this is a class.", {
        path: name,
        remedy: `Write new ${name}(…).`,
      });
    },
  });
