import { statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { wasmEnv } from "../setup/wasm.mjs";
import { root, runQuietly, Stop, say } from "../shell.mjs";

const flags = () => {
  const cargoHome = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
  // The remapped prefix keeps local paths out of the module.
  return ["-Ctarget-feature=+simd128", `--remap-path-prefix=${cargoHome}=/cargo`].join(" ");
};

/** Builds the WebAssembly module with its glue: an ES module for bundlers, and CommonJS for Node, which loads it synchronously. */
export const buildWasm = async () => {
  const env = wasmEnv();
  if (!env) throw new Stop("Rust has no WebAssembly target here: run `npm run setup wasm`.");
  say("build    wasm: dist/wasm");
  const options = "--target web --no-pack --no-gitignore --no-opt --mode no-install --out-name gradloom";
  const args = ["--quiet", "build", "bindings/wasm", ...options.split(" "), "--out-dir", "../../dist/wasm"];
  runQuietly("wasm-pack", args, {
    env: { ...env, CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS: flags() },
  });
  const { build } = await import("esbuild");
  await build({
    entryPoints: [join(root, "dist/wasm/gradloom.js")],
    outfile: join(root, "dist/wasm/gradloom.cjs"),
    bundle: true,
    format: "cjs",
    platform: "node",
    // The glue derives the module's address from this; in Node it is given the bytes.
    define: { "import.meta.url": '""' },
  });
  const { size } = statSync(join(root, "dist/wasm/gradloom_bg.wasm"));
  say(`         gradloom_bg.wasm: ${(size / 1024).toFixed(1)} KiB`);
};
