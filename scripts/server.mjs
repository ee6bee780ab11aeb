import { build } from "./build.mjs";
import { setup } from "./setup.mjs";
import { main } from "./shell.mjs";

/** Runs the example of a training server on the native engine, with the arguments of the command line. */
await main(async () => {
  setup(["node", "rust"]);
  await build(["native"]);
  const { register } = await import("tsx/esm/api");
  register();
  await import("../examples/server/main.ts"); // in this process, so that signals are its own
});
