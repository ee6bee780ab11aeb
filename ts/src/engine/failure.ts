import { type ErrorCode, GradloomError } from "../error.ts";

/** A remedy for each code of an error. */
type Remedies = Readonly<Partial<Record<ErrorCode, string>>>;

/** The remedy for each error of the bindings, which do not know the names of arguments and leaves. */
const REMEDIES: Remedies = {
  INVALID_PLAN: "Please report this, unless you made the plan yourself: ARCHITECTURE.md describes its form.",
  OUT_OF_MEMORY: "Dispose of training states in use, store numbers as halves, or use smaller parameters.",
  ENGINE_UNAVAILABLE: "Choose another engine or another instruction set.",
  UNSUPPORTED: "Use a CPU engine.",
  LIMIT_EXCEEDED: "Use a larger device, or a CPU engine.",
  DEVICE_LOST: "Make another engine and create the state from the last snapshot.",
  DISPOSED: "Open another one, or keep this one open as long as it is used.",
  DTYPE_MISMATCH: "Pass arrays of the leaf's own element type.",
  SHAPE_MISMATCH: "Pass an array with as many elements as the leaf.",
  DETACHED_MEMORY: "Do not transfer arrays that are in use.",
  INVALID_STATE: "Adopt gradients, parameters or updates only.",
  INVALID_FILE: "Get the file again: it is damaged, cut off, or of another kind.",
  INTERNAL: "Make the optimizer anew, and please report what led to this.",
};

/** Returns an error's message, also where the error comes from another realm, as it does inside of Jest. */
const text = (error: unknown): string => String((error as Partial<Error> | null)?.message ?? error);

/** The longest message of a binding that is passed on: names in a file may have any length. */
const LONGEST = 500;

/** Ends a message of a binding with a full stop, as all messages of this library do. */
const sentence = (message: string): string => {
  if (message.length > LONGEST) return `${message.slice(0, LONGEST)}….`;
  return /[.!?]$/.test(message) ? message : `${message}.`;
};

/** What an error is about, where that is not the engine. */
const PATHS: Readonly<Partial<Record<ErrorCode, string>>> = { INVALID_PLAN: "plan", INVALID_FILE: "file" };

/** Makes an error of an engine, with the remedy for its code. */
export const engineError = (
  code: ErrorCode,
  message: string,
  cause?: unknown,
  remedies: Remedies = REMEDIES,
): GradloomError =>
  new GradloomError(code, sentence(message), {
    path: PATHS[code] ?? "engine",
    remedy: (remedies[code] ?? REMEDIES[code]) as string,
    cause,
  });

/** Turns an error of a binding, `CODE: text`, into a GradloomError. Anything else, such as a WebAssembly trap, becomes INTERNAL. */
export const toGradloomError = (error: unknown, remedies: Remedies = REMEDIES): GradloomError => {
  if (error instanceof GradloomError) return error;
  const [, code, message] = /^([A-Z_]+): (.*)$/s.exec(text(error)) ?? [];
  return message && REMEDIES[code as ErrorCode]
    ? engineError(code as ErrorCode, message, error, remedies)
    : engineError("INTERNAL", text(error), error);
};

/** Calls a binding and turns its errors into GradloomErrors. */
export const calling = <T>(body: () => T, remedies?: Remedies): T => {
  try {
    return body();
  } catch (error) {
    throw toGradloomError(error, remedies);
  }
};

/** Awaits a binding and turns its errors into GradloomErrors. */
export const awaiting = async <T>(body: () => Promise<T>): Promise<T> => {
  try {
    return await body();
  } catch (error) {
    throw toGradloomError(error);
  }
};
