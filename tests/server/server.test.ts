import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
// @ts-expect-error: a script has no types
import { findBrowser } from "../../scripts/setup/browser.mjs";
import { deserialize, load } from "../../ts/src/safetensors/index.ts";
import { fileOf, ServerProcess } from "./process.ts";

let folder: string;
let server: ServerProcess;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "gradloom-server-"));
  server = await ServerProcess.start("--folder", folder, "--limit", "1");
}, 60_000);
afterAll(async () => {
  await server?.stop("SIGTERM");
  rmSync(folder, { recursive: true });
});

const f32 = (...values: number[]) => Float32Array.from(values);
const get = (path: string, method = "GET") => fetch(`${server.url}${path}`, { method });
const json = async (path: string) => (await get(path)).json();

describe("a training server", () => {
  it("trains with gradients that clients send, and answers with the parameters", async () => {
    const made = await server.send("PUT", "/models/mine?recipe=sgd", fileOf(f32(1, 2)));
    expect([made.status, (await made.json()).step]).toEqual([201, 0]);
    const answer = await server.send("POST", "/models/mine/gradients", fileOf(f32(1, -1), 0.5));
    expect([answer.status, answer.headers.get("step")]).toEqual([200, "1"]);
    const { tensors, metadata } = deserialize(new Uint8Array(await answer.arrayBuffer()));
    expect([...tensors.w!.data]).toEqual([
      Math.fround(1 - Math.fround(0.1)),
      Math.fround(2 + Math.fround(0.1)),
    ]);
    expect(metadata.step).toBe("1");
    expect(await json("/models/mine")).toMatchObject({
      step: 1,
      parameters: 2,
      losses: [{ step: 1, loss: 0.5 }],
    });
    const saved = await get("/models/mine/checkpoint", "POST");
    expect(await saved.json()).toMatchObject({ step: 1, checkpointStep: 1 });
  });

  it("keeps several models, and forgets one that is deleted", async () => {
    await server.send("PUT", "/models/other?recipe=adamw", fileOf(f32(1)));
    expect((await json("/models")).map(({ name }: { name: string }) => name)).toEqual(["mine", "other"]);
    expect((await get("/models/other", "DELETE")).status).toBe(204);
    expect((await get("/models/other")).status).toBe(404);
    await server.send("PUT", "/models/other?recipe=adamw", fileOf(f32(1)));
    expect((await json("/models/other")).step).toBe(0);
  });

  const refusals: [what: string, status: number, code: string, send: () => Promise<Response>][] = [
    [
      "a model that is there",
      409,
      "MODEL_EXISTS",
      () => server.send("PUT", "/models/mine?recipe=sgd", fileOf(f32(1))),
    ],
    [
      "an unknown recipe",
      400,
      "UNKNOWN_RECIPE",
      () => server.send("PUT", "/models/x?recipe=toString", fileOf(f32(1))),
    ],
    [
      "an unknown model",
      404,
      "UNKNOWN_MODEL",
      () => server.send("POST", "/models/x/gradients", fileOf(f32(1))),
    ],
    [
      "a name that is a path",
      400,
      "FST_ERR_VALIDATION",
      () => server.send("PUT", "/models/..%2Fx?recipe=sgd", fileOf(f32(1))),
    ],
    [
      "gradients of an earlier step",
      409,
      "STALE_GRADIENTS",
      () => server.send("POST", "/models/mine/gradients?step=0", fileOf(f32(1, 1))),
    ],
    [
      "gradients of another shape",
      400,
      "SHAPE_MISMATCH",
      () => server.send("POST", "/models/mine/gradients", fileOf(f32(1))),
    ],
    [
      "bytes that are no safetensors",
      400,
      "INVALID_FILE",
      () => server.send("POST", "/models/mine/gradients", new Uint8Array(9)),
    ],
    [
      "a request that is too large",
      413,
      "FST_ERR_CTP_BODY_TOO_LARGE",
      () => server.send("POST", "/models/mine/gradients", new Uint8Array(2 ** 20 + 1)),
    ],
    ["no body", 415, "NO_SAFETENSORS", () => get("/models/mine/gradients", "POST")],
  ];
  it.each(refusals)("refuses %s and changes nothing", async (_, status, code, send) => {
    const before = await json("/models/mine");
    const response = await send();
    expect([response.status, (await response.json()).code]).toEqual([status, code]);
    expect(await json("/models/mine")).toEqual(before);
  });

  it("tells Prometheus about its steps and refusals", async () => {
    const response = await get("/metrics");
    expect(response.headers.get("content-type")).toMatch("text/plain");
    const text = await response.text();
    expect(text).toContain('gradloom_steps_total{model="mine"} 1');
    expect(text).toContain('gradloom_loss{model="mine"} 0.5');
    expect(text).toContain('gradloom_refused_total{code="STALE_GRADIENTS"} 1');
    expect(text).toMatch(/^process_cpu_seconds_total \d/m);
  });

  it("shows its progress as a page", { timeout: 60_000 }, async () => {
    const browser = await chromium.launch({
      executablePath: findBrowser(),
      args: ["--headless=new", "--no-sandbox"],
    });
    try {
      const page = await browser.newPage();
      await page.goto(server.url);
      await page.getByRole("heading", { name: "mine" }).waitFor();
      await server.send("POST", "/models/mine/gradients", fileOf(f32(1, -1), 0.25));
      await page.getByRole("img", { name: "Losses of the last 2 steps, from 0.5 to 0.25" }).waitFor();
    } finally {
      await browser.close();
    }
  });
});

it("a server that cannot write the checkpoints of a model says so, and writes those of the others", {
  timeout: 60_000,
}, async () => {
  const other = mkdtempSync(join(tmpdir(), "gradloom-server-"));
  const broken = await ServerProcess.start("--folder", other);
  try {
    for (const name of ["a", "b"]) {
      await broken.send("PUT", `/models/${name}?recipe=sgd`, fileOf(f32(1)));
      await broken.send("POST", `/models/${name}/gradients`, fileOf(f32(1)));
    }
    rmSync(join(other, "a"), { recursive: true });
    writeFileSync(join(other, "a"), "no folder");
    const answer = await fetch(`${broken.url}/models/a/checkpoint`, { method: "POST" });
    expect([answer.status, (await answer.json()).code]).toEqual([500, "SERVER_FAULT"]);
    expect(await broken.stop("SIGTERM")).toBe(1);
    expect((await load(join(other, "b", "1"))).step).toBe(1);
  } finally {
    await broken.stop("SIGKILL");
    rmSync(other, { recursive: true });
  }
});

it("a server with a damaged checkpoint says of which model it is, and does not begin without it", async () => {
  const other = mkdtempSync(join(tmpdir(), "gradloom-server-"));
  try {
    mkdirSync(join(other, "mine", "5"), { recursive: true });
    writeFileSync(join(other, "mine", "5", "checkpoint.safetensors"), new Uint8Array(100));
    await expect(ServerProcess.start("--folder", other)).rejects.toThrow(
      /The model mine cannot go on: .*checkpoint\.safetensors.*Or move its folder away\.\n$/,
    );
  } finally {
    rmSync(other, { recursive: true });
  }
});
