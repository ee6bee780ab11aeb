import { GradloomError } from "../error.ts";

/** Makes the error for a file that does not hold what it should. */
export const invalidFile = (
  message: string,
  remedy = "Get the file again: it is damaged, or was changed by another program.",
  cause?: unknown,
): GradloomError => new GradloomError("INVALID_FILE", message, { path: "file", remedy, cause });

/** Reads JSON of a file. Throws INVALID_FILE where it is none. */
export const parseJson = (json: string, what: string): unknown => {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw invalidFile(`${what} is no JSON.`, undefined, cause);
  }
};
