import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as gl from "gradloom";
import { createServer } from "./app.ts";

const USAGE = `Usage: npm run server -- [options]

  --port N         the port, by default 8080; 0 takes a free one
  --host NAME      the address to listen on, by default 127.0.0.1
  --folder PATH    where checkpoints are kept, by default examples/server/out
  --interval N     a checkpoint every N steps, by default 100
  --keep N         checkpoints of a model that stay, by default 3
  --limit N        the largest request in MiB, by default 1024
  --help           print this`;

const readArguments = () => {
  const text = (value: string) => ({ type: "string", default: value }) as const;
  try {
    const { values } = parseArgs({
      options: {
        port: text("8080"),
        host: text("127.0.0.1"),
        folder: text(fileURLToPath(new URL("out", import.meta.url))),
        interval: text("100"),
        keep: text("3"),
        limit: text("1024"),
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      console.log(USAGE);
      return process.exit(0);
    }
    const whole = (name: "port" | "interval" | "keep" | "limit", least: number): number => {
      const value = Number(values[name]);
      if (Number.isSafeInteger(value) && value >= least) return value;
      throw new Error(`--${name} must be a whole number from ${least}, not ${values[name]}.`);
    };
    return {
      host: values.host,
      port: whole("port", 0),
      folder: values.folder,
      interval: whole("interval", 1),
      maxToKeep: whole("keep", 1),
      bodyLimit: whole("limit", 1) * 2 ** 20,
    };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    return process.exit(2);
  }
};

const { host, port, ...options } = readArguments();
const app = await createServer(options).catch((error: Error) => {
  console.error(error.message);
  return process.exit(1);
});

// Where nobody reads the output any more the models still matter.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, async () => {
    console.log(`${signal}: writing the last checkpoints`);
    try {
      await app.close();
    } catch (error) {
      console.error(error);
      process.exit(1);
    }
    console.log("stopped");
    process.exit(0);
  });
}

try {
  const address = await app.listen({ host, port });
  console.log(`gradloom (${gl.getEngine().description}) listens on ${address}`);
} catch (error) {
  console.error(`Cannot listen on ${host}:${port}: ${(error as Error).message}`);
  process.exit(1);
}
