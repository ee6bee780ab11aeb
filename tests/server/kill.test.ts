import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { recipes } from "../../examples/server/recipes.ts";
import * as gl from "../../ts/src/entry/node.ts";
import { deserialize } from "../../ts/src/safetensors/index.ts";
import { fileOf, ServerProcess } from "./process.ts";

const SIZE = 100_000;
const INTERVAL = 7;
const MODELS = ["a", "b"];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gradloom-server-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const start = () => ServerProcess.start("--folder", folder, "--interval", String(INTERVAL));

/** The gradients of a step: other ones for every step and model, and the same after a restart. */
const gradientsOf = (model: string, step: number): Float32Array =>
  Float32Array.from({ length: SIZE }, (_, i) => ((i * 7 + step * 13 + model.charCodeAt(0)) % 31) - 15);

/** The training that a server repeats, in this process and without a server. */
class Reference {
  readonly model: string;
  readonly #train = gl.TrainState.create({
    params: { w: gradientsOf("start", 0) },
    tx: recipes.adamw!(),
    engine: gl.nativeEngine(),
  });

  constructor(model: string) {
    this.model = model;
  }

  /** Returns the parameters after a number of steps, which never falls. */
  at(step: number): Float32Array {
    while (this.#train.step < step)
      this.#train.applyGradients({ w: gradientsOf(this.model, this.#train.step) });
    expect(this.#train.step).toBe(step);
    return this.#train.params.w;
  }
}

/** A client that sends gradients as fast as it can. */
class Client {
  /** The step of the last answer. */
  answered = 0;
  readonly #reference: Reference;

  constructor(model: string) {
    this.#reference = new Reference(model);
  }

  get model(): string {
    return this.#reference.model;
  }

  /** Expects the server to be where the last checkpoint or a later step was, with the bits of that step. */
  async expectKept(server: ServerProcess, lost: number): Promise<number> {
    const response = await fetch(`${server.url}/models/${this.model}/parameters`);
    const step = Number(response.headers.get("step"));
    expect(step).toBeGreaterThanOrEqual(this.answered - lost);
    const { w } = deserialize(new Uint8Array(await response.arrayBuffer())).tensors;
    expect(w!.data).toEqual(this.#reference.at(step));
    return step;
  }

  /** Takes steps until the server is gone. Returns their number. */
  async load(server: ServerProcess, from: number): Promise<void> {
    this.answered = from;
    for (;;) {
      const path = `/models/${this.model}/gradients?step=${this.answered}`;
      const response = await server
        .send("POST", path, fileOf(gradientsOf(this.model, this.answered)))
        .catch(() => undefined);
      if (response?.status === 503) return; // shutting down
      const body = await response?.arrayBuffer().catch(() => undefined);
      if (!response || !body) return;
      expect(response.status).toBe(200);
      this.answered += 1;
    }
  }
}

/** Waits until every client has had some more answers, and then for a moment, so that the server may be at anything. */
const answers = async (clients: readonly Client[], count: number): Promise<void> => {
  const wanted = clients.map((client) => client.answered + count);
  while (clients.some(({ answered }, i) => answered < (wanted[i] as number))) await setTimeout(5);
  await setTimeout(Math.random() * 50);
};

const create = async (server: ServerProcess): Promise<Client[]> => {
  for (const model of MODELS) {
    const { status } = await server.send(
      "PUT",
      `/models/${model}?recipe=adamw`,
      fileOf(gradientsOf("start", 0)),
    );
    expect(status).toBe(201);
  }
  return MODELS.map((model) => new Client(model));
};

it("a server that is killed 20 times under load loses no more than the steps since the last interval", {
  timeout: 240_000,
}, async () => {
  let server = await start();
  const clients = await create(server);
  for (let kill = 0; kill < 20; kill++) {
    const loads = [];
    for (const client of clients) {
      loads.push(client.load(server, await client.expectKept(server, INTERVAL - 1)));
    }
    await answers(clients, INTERVAL + Math.floor(Math.random() * INTERVAL));
    expect(await server.stop("SIGKILL")).toBeNull();
    await Promise.all(loads);
    server = await start();
  }
  for (const client of clients) {
    await client.expectKept(server, INTERVAL - 1);
    expect(client.answered).toBeGreaterThan(20);
  }
  await server.stop("SIGKILL");
});

it("a server that is told to end under load loses nothing", { timeout: 60_000 }, async () => {
  const server = await start();
  const clients = await create(server);
  const loads = clients.map((client) => client.load(server, 0));
  await answers(clients, 10);
  expect(await server.stop("SIGTERM")).toBe(0);
  await Promise.all(loads);
  const next = await start();
  for (const client of clients) await client.expectKept(next, 0);
  expect(await next.stop("SIGTERM")).toBe(0);
});
