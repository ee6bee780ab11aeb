import { type ErrorCode, GradloomError } from "../error.ts";

const text = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** An error of a binding, `CODE: text`, as a GradloomError. Anything else, a WebAssembly trap say, is INTERNAL. */
export const toGradloomError = (error: unknown): GradloomError => {
  if (error instanceof GradloomError) return error;
  const [, code, message] = /^([A-Z_]+): (.*)$/s.exec(text(error)) ?? [];
  return code && message
    ? new GradloomError(code as ErrorCode, message, { cause: error })
    : new GradloomError("INTERNAL", text(error), { cause: error });
};

/** Calls into a binding and maps what it throws. */
export const calling = <T>(body: () => T): T => {
  try {
    return body();
  } catch (error) {
    throw toGradloomError(error);
  }
};
