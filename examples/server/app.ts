import { readFile } from "node:fs/promises";
import Fastify, { type FastifyInstance } from "fastify";
import { deserialize } from "gradloom/safetensors";
import { Metrics } from "./metrics.ts";
import type { Arrays, Keeping } from "./model.ts";
import { Models } from "./models.ts";
import { answerTo, Refusal } from "./refusal.ts";

const SAFETENSORS = "application/octet-stream";

/** The longest time in milliseconds in which a request must arrive, and in which those that have begun must end when the server closes. */
const LONGEST_REQUEST = 300_000;
const LONGEST_END = 5_000;

/** What a server can be told. */
export interface ServerOptions extends Keeping {
  /** The largest request, in bytes. */
  readonly bodyLimit: number;
}

const name = { type: "string", pattern: "^[A-Za-z0-9_-]{1,64}$" };
const params = { type: "object", properties: { name }, required: ["name"] };
const creating = { type: "object", properties: { recipe: { type: "string" } }, required: ["recipe"] };
const stepping = { type: "object", properties: { step: { type: "integer", minimum: 0 } } };

interface Named {
  readonly Params: { name: string };
}

/** Reads a file in the safetensors format that a client has sent. */
const arraysOf = (body: unknown): { arrays: Arrays; loss?: number } => {
  if (!(body instanceof Uint8Array))
    throw new Refusal(415, "NO_SAFETENSORS", `Send a file in the safetensors format as ${SAFETENSORS}.`);
  const { tensors, metadata } = deserialize(body);
  const loss = Number(metadata.loss ?? Number.NaN);
  return { arrays: { ...tensors } as Arrays, ...(Number.isFinite(loss) && { loss }) };
};

/**
 * Makes the server: it trains models with gradients that clients send, and goes on where its last checkpoints end. `close()` waits some
 * seconds for requests that have begun, then writes a last checkpoint of every model.
 */
export const createServer = async (options: ServerOptions): Promise<FastifyInstance> => {
  const { bodyLimit, ...keeping } = options;
  const metrics = new Metrics();
  const models = await Models.open(keeping, metrics);
  const page = await readFile(new URL("page.html", import.meta.url));
  const app = Fastify({ bodyLimit, requestTimeout: LONGEST_REQUEST, forceCloseConnections: "idle" });

  app.addContentTypeParser(SAFETENSORS, { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.addHook("preClose", async () => {
    setTimeout(() => app.server.closeAllConnections(), LONGEST_END).unref();
  });
  app.addHook("onClose", () => models.close());
  app.setErrorHandler<Error & { statusCode?: number; code?: string }>((error, _request, reply) => {
    const answer = answerTo(error);
    if (!answer) console.error(error);
    metrics.refused.inc({ code: answer?.body.code ?? "SERVER_FAULT" });
    return reply
      .code(answer?.status ?? 500)
      .send(answer?.body ?? { code: "SERVER_FAULT", message: "The server has failed: its log says why." });
  });

  app.get("/", (_request, reply) => reply.type("text/html; charset=utf-8").send(page));
  app.get("/health", () => ({ status: "ok" }));
  app.get("/metrics", async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  app.get("/models", () => models.all().map(({ status }) => status));

  app.put<Named & { Querystring: { recipe: string } }>(
    "/models/:name",
    { schema: { params, querystring: creating } },
    async ({ params, query, body }, reply) => {
      const model = await models.create(params.name, query.recipe, arraysOf(body).arrays);
      return reply.code(201).send(model.status);
    },
  );

  app.get<Named>("/models/:name", { schema: { params } }, ({ params }) => models.get(params.name).status);

  app.get<Named>("/models/:name/parameters", { schema: { params } }, ({ params }, reply) => {
    const model = models.get(params.name);
    return reply.type(SAFETENSORS).header("step", model.step).send(model.parameters());
  });

  app.post<Named & { Querystring: { step?: number } }>(
    "/models/:name/gradients",
    { schema: { params, querystring: stepping } },
    async ({ params, query, body }, reply) => {
      const model = models.get(params.name);
      const { arrays, loss } = arraysOf(body);
      if (query.step !== undefined && query.step !== model.step)
        throw new Refusal(409, "STALE_GRADIENTS", `The model is at step ${model.step}, not ${query.step}.`);
      await model.applyGradients(arrays, loss);
      return reply.type(SAFETENSORS).header("step", model.step).send(model.parameters());
    },
  );

  app.post<Named>("/models/:name/checkpoint", { schema: { params } }, async ({ params }) => {
    const model = models.get(params.name);
    await model.save();
    return model.status;
  });

  app.delete<Named>("/models/:name", { schema: { params } }, async ({ params }, reply) => {
    await models.remove(params.name);
    return reply.code(204).send();
  });

  return app;
};
