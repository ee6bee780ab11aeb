import { type Signature, signatureOf } from "../define.ts";
import { GradloomError } from "../error.ts";
import { parse } from "../options.ts";
import type { GradientTransformation } from "../plan/transformation.ts";
import { type AnySchedule, isSchedule } from "./injected-schedule.ts";

/** The arguments of one call by name: positional ones first. */
export type Bound = Readonly<Record<string, unknown>>;

/** One call of a function that makes a transformation: its hyperparameters, and a function that applies it to new ones. */
export interface Call {
  readonly make: (values: Bound) => GradientTransformation;
  readonly numbers: Readonly<Record<string, number>>;
  readonly schedules: Readonly<Record<string, AnySchedule>>;
}

/** Separates numbers and schedules from arguments that are passed on unchanged. */
const classify = (bound: Bound, numeric: (name: string) => boolean, make: Call["make"]): Call => {
  const hyper = Object.entries(bound).filter(([name]) => numeric(name));
  return {
    make: (values) => make({ ...bound, ...values }),
    numbers: Object.fromEntries(
      hyper.filter((entry): entry is [string, number] => typeof entry[1] === "number"),
    ),
    schedules: Object.fromEntries(
      hyper.filter((entry): entry is [string, AnySchedule] => isSchedule(entry[1])),
    ),
  };
};

const refuseUnknownNames = (given: readonly string[], { name, positional, fields }: Signature): void => {
  const known = Object.keys({ ...positional, ...fields });
  const unknown = given.find((argument) => !known.includes(argument));
  if (unknown === undefined) return;
  throw new GradloomError("UNKNOWN_OPTION", `${name} has no argument ${JSON.stringify(unknown)}.`, {
    path: "injectHyperparams.staticArgs",
    remedy: `The arguments are ${known.join(", ")}.`,
  });
};

/** Binds the arguments of one call of a function whose signature is known. */
const bindSignature = (
  signature: Signature,
  factory: (...args: never[]) => unknown,
  statics: readonly string[],
) => {
  refuseUnknownNames(statics, signature);
  const positional = Object.keys(signature.positional);
  return (...args: unknown[]): Call => {
    const options = args[positional.length] ?? {};
    const given =
      typeof options === "object"
        ? Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
        : options;
    const plain =
      typeof options === "object"
        ? Object.fromEntries(Object.entries(given).filter(([, value]) => !isSchedule(value)))
        : options;
    const defaults = parse(signature.name, signature.fields, plain);
    const bound = {
      ...Object.fromEntries(
        Object.entries(signature.positional).map(([name, field], i) => [
          name,
          args[i] ?? field.check(args[i], `${signature.name}.${name}`),
        ]),
      ),
      ...defaults,
      ...given,
    };
    const numeric = (name: string): boolean =>
      !statics.includes(name) && (signature.positional[name] ?? signature.fields[name])?.numeric === true;
    return classify(bound, numeric, (values) => {
      const options = Object.fromEntries(Object.keys(signature.fields).map((name) => [name, values[name]]));
      return factory(
        ...([...positional.map((name) => values[name]), options] as never[]),
      ) as GradientTransformation;
    });
  };
};

/** Binds the argument of one call of a user's own function: an object of hyperparameters. */
const bindObject = (factory: (...args: never[]) => unknown, statics: readonly string[]) => {
  return (...args: unknown[]): Call => {
    const [bound] = args;
    if (args.length > 1 || typeof bound !== "object" || bound === null) {
      throw new GradloomError("INVALID_HYPERPARAMETER", "the names of these hyperparameters are not known.", {
        path: "injectHyperparams",
        remedy:
          "Let the function take one object: injectHyperparams(({ learningRate }) => …)({ learningRate: 0.1 }).",
      });
    }
    return classify(
      bound as Bound,
      (name) => !statics.includes(name),
      (values) => factory(values as never) as GradientTransformation,
    );
  };
};

/** Returns a function from the arguments of a call of `factory` to its hyperparameters. */
export const bind = (
  factory: (...args: never[]) => unknown,
  statics: readonly string[],
): ((...args: unknown[]) => Call) => {
  const signature = signatureOf(factory);
  return signature ? bindSignature(signature, factory, statics) : bindObject(factory, statics);
};
