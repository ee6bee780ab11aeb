import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import "../../ts/src/entry/node.ts";
import { serialize } from "../../ts/src/safetensors/index.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A training server in a process of its own. */
export class ServerProcess {
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#process = child;
  }

  /** Starts `examples/server` with options of its command line, and waits until it listens. Then nobody reads its output any more. */
  static async start(...options: string[]): Promise<ServerProcess> {
    const args = ["--import", "tsx", "examples/server/main.ts", "--port", "0", ...options];
    const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8");
    child.stderr.on("data", (part) => {
      text += part;
    });
    for await (const part of child.stdout) {
      text += part;
      const url = /listens on (\S+)/.exec(text)?.[1];
      if (url) return new ServerProcess(url, child);
    }
    throw new Error(`the server has not started:\n${text}`);
  }

  /** Sends a signal and waits for the end of the process. Returns its exit code, null after SIGKILL. */
  async stop(signal: "SIGTERM" | "SIGKILL"): Promise<number | null> {
    if (this.#process.exitCode !== null) return this.#process.exitCode;
    const ended = once(this.#process, "exit");
    this.#process.kill(signal);
    const [code] = await ended;
    return code;
  }

  /** Sends arrays, or other bytes, to a path. */
  send(method: "PUT" | "POST", path: string, body: Uint8Array): Promise<Response> {
    const headers = { "content-type": "application/octet-stream" };
    return fetch(`${this.url}${path}`, { method, headers, body: body as Uint8Array<ArrayBuffer> });
  }
}

/** Returns a file in the safetensors format with one array, and a loss. */
export const fileOf = (w: Float32Array, loss?: number): Uint8Array =>
  serialize({ w }, { metadata: loss === undefined ? {} : { loss: String(loss) } });
