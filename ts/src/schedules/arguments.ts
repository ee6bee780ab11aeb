import { GradloomError } from "../error.ts";
import { real, required } from "../options.ts";

/** Checks that every argument, given under its public name, is a finite number. */
export const requireFinite = (owner: string, args: Readonly<Record<string, unknown>>): void => {
  for (const [name, value] of Object.entries(args)) required(owner, name, real(0), value);
};

/** Checks that a length in steps is above zero. */
export const requirePositive = (owner: string, args: Readonly<Record<string, unknown>>): void => {
  for (const [name, value] of Object.entries(args)) required(owner, name, real(1, { above: 0 }), value);
};

/** Returns the error for an argument of the wrong kind or out of range. */
export const invalid = (path: string, message: string, remedy: string): GradloomError =>
  new GradloomError("INVALID_HYPERPARAMETER", message, { path, remedy });
