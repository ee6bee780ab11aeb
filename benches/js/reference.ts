import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../target/release/reference", import.meta.url));

/** The least work that the formulas of a plan require. */
export interface Traffic {
  /** The bytes moved per parameter. */
  readonly bytes: number;
  /** The number of passes over memory. */
  readonly passes: number;
  /** The products of matrices. */
  readonly products: number;
  /** The normal numbers drawn per parameter. */
  readonly normals: number;
}

/** A process of plain loops in Rust, `benches/rust/reference.rs`. */
export class Reference {
  readonly #process;
  readonly #answers: AsyncIterator<string>;

  constructor(elements: number, threads: number) {
    this.#process = spawn(program, [String(elements), String(threads)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** Tells the process which work to do. */
  plan(encoded: Uint8Array): Promise<Traffic> {
    return this.#ask(`{"plan":${new TextDecoder().decode(encoded)}}`);
  }

  /** Returns the microseconds that a call takes. */
  async time(calls: number): Promise<number> {
    return (await this.#ask<{ microseconds: number }>(JSON.stringify({ calls }))).microseconds;
  }

  close(): void {
    this.#process.stdin.end();
  }

  async #ask<T>(request: string): Promise<T> {
    this.#process.stdin.write(`${request}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`the reference, ${program}, ended`);
    return JSON.parse(value);
  }
}
