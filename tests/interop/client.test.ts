import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { ServerProcess } from "../server/process.ts";
import { interopPython } from "./python.ts";

const page = readFileSync(fileURLToPath(new URL("../../docs/gradients.md", import.meta.url)), "utf8");

it("PyTorch trains through the training server, by the program of the page on gradients", async () => {
  const program = /^```python\n([\s\S]*?)^```$/m.exec(page)![1]!;
  const promised = /print\(.*\) {2}# (.*)$/m.exec(program)![1];
  const folder = mkdtempSync(join(tmpdir(), "gradloom-client-"));
  const server = await ServerProcess.start("--folder", folder);
  try {
    const text = program.replace("http://127.0.0.1:8080", server.url);
    expect(execFileSync(interopPython(), ["-c", text], { encoding: "utf8" }).trim()).toBe(promised);
  } finally {
    await server.stop("SIGTERM");
    rmSync(folder, { recursive: true });
  }
});
