import { GradloomError } from "gradloom";

/** An error that a client can mend, with the status of the answer. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The answer to a request that is refused. */
export interface Answer {
  readonly status: number;
  readonly body: { code: string; message: string; path?: string; remedy?: string };
}

/** The codes of errors that no client can mend. */
const FAULTS: ReadonlySet<string> = new Set(["FILE_UNAVAILABLE", "OUT_OF_MEMORY", "INTERNAL"]);

/** Returns the answer for an error, undefined where the server itself is at fault. */
export const answerTo = (error: Error & { statusCode?: number; code?: string }): Answer | undefined => {
  if (error instanceof GradloomError) {
    const { code, message, path, remedy } = error;
    if (FAULTS.has(code)) return undefined;
    return { status: 400, body: { code, message, ...(path && { path }), ...(remedy && { remedy }) } };
  }
  const status = error instanceof Refusal ? error.status : (error.statusCode ?? 500);
  if (status >= 500) return undefined;
  return { status, body: { code: error.code ?? "REFUSED", message: error.message } };
};
