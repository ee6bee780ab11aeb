import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fileOf, ServerProcess } from "./process.ts";

let folder: string;
let server: ServerProcess;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "gradloom-server-"));
  server = await ServerProcess.start("--folder", folder);
}, 60_000);
afterEach(async () => {
  await server?.stop("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** Starts a model, and takes a step that no checkpoint has yet. */
const train = async (name: string): Promise<void> => {
  await server.send("PUT", `/models/${name}?recipe=sgd`, fileOf(Float32Array.of(1)));
  const answer = await server.send("POST", `/models/${name}/gradients`, fileOf(Float32Array.of(1)));
  expect(answer.status).toBe(200);
};
const stepsAfterRestart = async (): Promise<unknown> => {
  server = await ServerProcess.start("--folder", folder);
  const models = await (await fetch(`${server.url}/models`)).json();
  return Object.fromEntries(models.map(({ name, step }: { name: string; step: number }) => [name, step]));
};

it("a server that is told to stop waits for no client that sends its request without end", {
  timeout: 60_000,
}, async () => {
  await train("mine");
  const { hostname, port } = new URL(server.url);
  const slow = connect(Number(port), hostname).on("error", () => {});
  const head = ["POST /models/mine/gradients HTTP/1.1", "host: x", "content-length: 100"];
  slow.write(`${head.join("\r\n")}\r\ncontent-type: application/octet-stream\r\n\r\nabc`);
  await train("other");
  expect(await server.stop("SIGTERM")).toBe(0);
  slow.destroy();
  expect(await stepsAfterRestart()).toEqual({ mine: 1, other: 1 });
});

it("a server that cannot write one model blames no client, and writes the others when it stops", {
  timeout: 60_000,
}, async () => {
  await train("a");
  await train("b");
  rmSync(join(folder, "a"), { recursive: true });
  writeFileSync(join(folder, "a"), "no folder");
  const answer = await fetch(`${server.url}/models/a/checkpoint`, { method: "POST" });
  expect([answer.status, (await answer.json()).code]).toEqual([500, "SERVER_FAULT"]);
  expect(await server.stop("SIGTERM")).toBe(1);
  expect(await stepsAfterRestart()).toEqual({ b: 1 });
});
