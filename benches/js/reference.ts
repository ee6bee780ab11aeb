import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../target/release/reference", import.meta.url));

/** What the formulas of a plan must do at least. */
export interface Traffic {
  /** Bytes that a parameter moves. */
  readonly bytes: number;
  /** Walks over memory. */
  readonly passes: number;
  /** Products of matrices. */
  readonly products: number;
  /** Normal numbers drawn for each parameter. */
  readonly normals: number;
}

/** Plain loops in a process of their own, `benches/rust/reference.rs`. */
export class Reference {
  readonly #process;
  readonly #answers: AsyncIterator<string>;

  constructor(elements: number, threads: number) {
    this.#process = spawn(program, [String(elements), String(threads)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** Makes it move, multiply and draw what a plan must. */
  plan(encoded: Uint8Array): Promise<Traffic> {
    return this.#ask(`{"plan":${new TextDecoder().decode(encoded)}}`);
  }

  /** Microseconds that a call takes. */
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
