import { build } from "./build.mjs";
import { setup } from "./setup.mjs";
import { main, run } from "./shell.mjs";

/** Times whole steps on both engines beside plain loops and TensorFlow.js; `cargo bench` compares the kernels alone. */
await main(async () => {
  setup(["node", "rust", "wasm"]);
  await build(["native", "wasm"]);
  run("cargo", ["build", "--release", "-p", "gradloom-benches", "--bin", "reference"]);
  const { register } = await import("tsx/esm/api");
  register();
  await import("../benches/js/steps.ts");
  await import("../benches/js/aliases.ts");
  await import("../benches/js/tensorflow.ts");
});
