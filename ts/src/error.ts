import { recognizeNamesakes } from "./brand.ts";

/** The kind of an error, for programs to test. The codes are part of the API and never change meaning. */
export type ErrorCode =
  | "INVALID_TREE"
  | "STRUCTURE_MISMATCH"
  | "SHAPE_MISMATCH"
  | "DTYPE_MISMATCH"
  | "INVALID_HYPERPARAMETER"
  | "UNKNOWN_OPTION"
  | "PARAMS_REQUIRED"
  | "EXTRA_ARGUMENT_REQUIRED"
  | "INVALID_MASK"
  | "UNKNOWN_LABEL"
  | "INVALID_STATE"
  | "DETACHED_MEMORY"
  | "OVERLAPPING_MEMORY"
  | "DISPOSED"
  | "STEP_IN_PROGRESS"
  | "ENGINE_NOT_READY"
  | "ENGINE_UNAVAILABLE"
  | "INVALID_PLAN"
  | "INVALID_FILE"
  | "FILE_UNAVAILABLE"
  | "OUT_OF_MEMORY"
  | "UNSUPPORTED"
  | "LIMIT_EXCEEDED"
  | "DEVICE_LOST"
  | "INTERNAL";

/** The place of an error, and its remedy. */
export interface ErrorDetails {
  /** The leaf or option concerned, for example `params.dense1.kernel`. */
  readonly path?: string;
  /** The remedy, as an imperative sentence. */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/**
 * Every error that gradloom raises for bad input. Nothing has been changed when one is thrown.
 *
 * @example
 * try {
 *   gl.adam(Number.NaN);
 * } catch (error) {
 *   if (error instanceof gl.GradloomError) console.log(error.code); // "INVALID_HYPERPARAMETER"
 * }
 */
export class GradloomError extends Error {
  /** The message without the place and the remedy. */
  readonly #problem: string;
  readonly code: ErrorCode;
  readonly path: string | undefined;
  readonly remedy: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    const where = details.path ? `${details.path}: ` : "";
    const advice = details.remedy ? ` ${details.remedy}` : "";
    super(`${where}${message}${advice}`, { cause: details.cause });
    this.name = "GradloomError";
    this.#problem = message;
    this.code = code;
    this.path = details.path;
    this.remedy = details.remedy;
  }

  /** @internal Returns the same error with other details. */
  static with(error: GradloomError, details: ErrorDetails): GradloomError {
    const { code, path, remedy, cause } = error;
    return new GradloomError(code, error.#problem, {
      ...(path !== undefined && { path }),
      ...(remedy !== undefined && { remedy }),
      cause,
      ...details,
    });
  }
}

recognizeNamesakes(GradloomError, "GradloomError");
