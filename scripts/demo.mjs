import { build } from "./build.mjs";
import { main, run } from "./shell.mjs";
import { setup } from "./setup.mjs";

/** Trains on handwritten digits through the native engine. Arguments go to the example. */
await main(async (args) => {
  setup(["node", "rust"]);
  await build(["native"]);
  run("node", ["--import", "tsx", "examples/digits/main.ts", ...args]);
});
