import { GradloomError } from "./error.ts";
import { type Field, type Fields, type OptionsOf, type Parsed, parse } from "./options.ts";

/** The key under which a function made by `define` has its signature. */
export const SIGNATURE: unique symbol = Symbol.for("gradloom.signature");

/** The arguments of a function: positional ones in order, then the fields of the options object. */
export interface Signature {
  readonly name: string;
  readonly positional: Readonly<Record<string, Pick<Field<unknown>, "check" | "numeric">>>;
  readonly fields: Fields;
}

/** A function that checks its arguments and has a signature. */
export type Defined<A extends unknown[], F extends Fields, R> = ((
  ...args: [...A, options?: OptionsOf<F>]
) => R) & {
  readonly [SIGNATURE]: Signature;
};

/**
 * Makes a public function from its name, its positional arguments, its options and its body. Every argument is checked
 * before `make` is called; `injectHyperparams` reads the names of the arguments from the signature.
 */
export const define = <A extends unknown[], F extends Fields, R>(
  name: string,
  positional: Signature["positional"],
  fields: F,
  make: (options: Parsed<F>, ...args: A) => R,
): Defined<A, F, R> => {
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
  const signature: Signature = { name, positional, fields };
  return Object.assign(made, { [SIGNATURE]: signature }) as Defined<A, F, R>;
};

/** Returns the signature of a function made by `define`, undefined for others. */
export const signatureOf = (value: unknown): Signature | undefined =>
  (value as { readonly [SIGNATURE]?: Signature } | undefined)?.[SIGNATURE];
