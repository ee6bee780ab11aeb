import { build } from "./build.mjs";
import { findSwiftShader } from "./setup/swiftshader.mjs";
import { setup } from "./setup.mjs";
import { main } from "./shell.mjs";

/** Times steps on this machine's GPUs beside copies. Arguments are numbers of parameters: `npm run bench:gpu -- 1e6 64e6`. */
await main(async (sizes) => {
  setup(["node", "rust", "wasm"]); // no software GPU is installed: only the machine's own are worth timing
  await build(["native", "gpu", "wasm"]);
  const { register } = await import("tsx/esm/api");
  register();
  const { benchGpu } = await import("../benches/js/gpu.ts");
  await benchGpu(sizes.map(Number), findSwiftShader());
});
