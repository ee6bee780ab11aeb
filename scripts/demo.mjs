import { build } from "./build.mjs";
import { setup } from "./setup.mjs";
import { main } from "./shell.mjs";

/** Trains on handwritten digits through the native engine. Arguments go to the example. */
await main(async () => {
  setup(["node", "rust"]);
  await build(["native"]);
  const { register } = await import("tsx/esm/api");
  register();
  await import("../examples/digits/main.ts"); // in this process, so that Ctrl-C and the exit code are its own
});
