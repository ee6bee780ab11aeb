import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("./relay-in-node.ts", import.meta.url));

/** The functions that suites in pages call in Node. */
export const commands = {
  /** Takes steps in Node from checkpoints in base64, and returns those afterwards. */
  relayInNode: (_: unknown, steps: number, checkpoints?: string[]): string[] => {
    const input = JSON.stringify({ steps, checkpoints });
    return JSON.parse(
      execFileSync(process.execPath, ["--import", "tsx", program], { input, encoding: "utf8" }),
    );
  },
};
