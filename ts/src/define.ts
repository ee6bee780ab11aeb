import { GradloomError } from "./error.ts";
import { type Field, type Fields, type OptionsOf, type Parsed, parse } from "./options.ts";

/** The key under which a function made by `define` has its signature. */
export const SIGNATURE: unique symbol = Symbol.for("gradloom.signature");

/** Positional arguments by name, in their order. */
export type Arguments = Readonly<Record<string, Pick<Field<unknown>, "check" | "numeric">>>;

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
  const checks = Object.entries(positional);
  const made = (...args: unknown[]): R => {
    const values = checks.map(([argument, field], i) => field.check(args[i], `${name}.${argument}`));
    if (args.length > checks.length + 1) {
      throw new GradloomError("UNKNOWN_OPTION", `takes ${checks.length} arguments and an options object.`, {
        path: name,
        remedy: `Write ${name}(${[...checks.map(([argument]) => argument), "{ … }"].join(", ")}).`,
      });
    }
    const options = parse(name, fields, args[checks.length] as OptionsOf<F> | undefined);
    return make(options, ...(values as A));
  };
  const signature: Signature<Q, F> = { name, positional, fields };
  return Object.assign(made, { [SIGNATURE]: signature }) as Defined<A, Q, F, R>;
};

/** Returns the signature of a function made by `define`, undefined for others. */
export const signatureOf = (value: unknown): Signature | undefined =>
  (value as { readonly [SIGNATURE]?: Signature } | undefined)?.[SIGNATURE];
