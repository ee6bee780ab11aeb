import { buildGpu } from "./build/gpu.mjs";
import { buildJs } from "./build/js.mjs";
import { buildLicenses } from "./build/licenses.mjs";
import { buildNative } from "./build/native.mjs";
import { buildWasm } from "./build/wasm.mjs";
import { isMain, main, Stop } from "./shell.mjs";

/** The parts that can be built, each after those that it needs. */
const parts = { native: buildNative, gpu: buildGpu, wasm: buildWasm, js: buildJs, licenses: buildLicenses };

/** Builds the named parts into dist/. Cargo rebuilds only what changed; the rest takes about a second. */
export const build = async (names = Object.keys(parts)) => {
  for (const name of names) {
    if (!parts[name])
      throw new Stop(`There is no part ${name}: choose from ${Object.keys(parts).join(", ")}.`);
    await parts[name]();
  }
};

if (isMain(import.meta)) await main((names) => build(names.length > 0 ? names : undefined));
