import { type ErrorCode, type ErrorDetails, GradloomError } from "../error.ts";

/** Path and remedy for each error of the bindings, which do not know the names of arguments and leaves. */
const DETAILS: Readonly<Partial<Record<ErrorCode, ErrorDetails>>> = {
  INVALID_PLAN: {
    path: "plan",
    remedy: "Please report this, unless you made the plan yourself: ARCHITECTURE.md describes its form.",
  },
  OUT_OF_MEMORY: { path: "engine", remedy: "Dispose of training states in use, or use smaller parameters." },
  ENGINE_UNAVAILABLE: { path: "engine", remedy: "Choose another engine or another instruction set." },
  UNSUPPORTED: { path: "engine", remedy: "Use a CPU engine." },
  LIMIT_EXCEEDED: { path: "engine", remedy: "Use a larger device, or a CPU engine." },
  DEVICE_LOST: {
    path: "engine",
    remedy: "Make another engine and create the state from the last snapshot.",
  },
  DISPOSED: { path: "engine", remedy: "Open another one, or keep this one open as long as it is used." },
  DTYPE_MISMATCH: { path: "engine", remedy: "Pass arrays of the leaf's own element type." },
  SHAPE_MISMATCH: { path: "engine", remedy: "Pass an array with as many elements as the leaf." },
  DETACHED_MEMORY: { path: "engine", remedy: "Do not transfer arrays that are in use." },
  INVALID_STATE: { path: "engine", remedy: "Adopt gradients, parameters or updates only." },
  INTERNAL: { path: "engine", remedy: "Make the optimizer anew, and please report what led to this." },
};

const text = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Ends a message of a binding with a full stop, as all messages of this library do. */
const sentence = (message: string): string => (/[.!?]$/.test(message) ? message : `${message}.`);

/** Turns an error of a binding, `CODE: text`, into a GradloomError. Anything else, such as a WebAssembly trap, becomes INTERNAL. */
export const toGradloomError = (error: unknown): GradloomError => {
  if (error instanceof GradloomError) return error;
  const [, code, message] = /^([A-Z_]+): (.*)$/s.exec(text(error)) ?? [];
  const known = DETAILS[code as ErrorCode];
  return known && message
    ? new GradloomError(code as ErrorCode, sentence(message), { ...known, cause: error })
    : new GradloomError("INTERNAL", sentence(text(error)), { ...DETAILS.INTERNAL, cause: error });
};

/** Calls a binding and turns its errors into GradloomErrors. */
export const calling = <T>(body: () => T): T => {
  try {
    return body();
  } catch (error) {
    throw toGradloomError(error);
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
