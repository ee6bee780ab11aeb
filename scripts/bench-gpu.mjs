import { build } from "./build.mjs";
import { findSwiftShader } from "./setup/swiftshader.mjs";
import { setup } from "./setup.mjs";
import { main } from "./shell.mjs";

/** Times steps on the GPUs of this machine beside their own copies. Sizes may be chosen: `npm run bench:gpu -- 1e6 64e6`. */
await main(async (sizes) => {
  setup(["node", "rust", "wasm"]); // GPUs are whatever the machine has
  await build(["native", "gpu", "wasm"]);
  const { register } = await import("tsx/esm/api");
  register();
  const { benchGpu } = await import("../benches/js/gpu.ts");
  await benchGpu(sizes.map(Number), findSwiftShader());
});
