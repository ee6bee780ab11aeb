import { build } from "./build.mjs";
import { setup } from "./setup.mjs";
import { main } from "./shell.mjs";

/** Runs the example of handwritten digits on the native engine, with the arguments of the command line. */
await main(async () => {
  setup(["node", "rust"]);
  await build(["native"]);
  const { register } = await import("tsx/esm/api");
  register();
  await import("../examples/digits/main.ts"); // in this process, so that Ctrl-C and the exit code are its own
});
