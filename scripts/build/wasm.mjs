import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { wasmEnv } from "../setup/wasm.mjs";
import { root, runQuietly, Stop, say } from "../shell.mjs";
import { shippedEnv } from "./rustflags.mjs";

const FLAGS = ["-Ctarget-feature=+simd128", "-Clink-arg=--import-memory"];

// Sessions that are collected must not free their memory: views of it may be left. It goes with the instance.
const START = "const FinalizationRegistry = undefined;";

/** The text before wasm-bindgen's glue, by the kind of module: a function, as each instance of the module needs a glue of its own. */
const HEADS = {
  js: 'export const wasmFile = () => new URL("./gradloom_bg.wasm", import.meta.url);\nexport const createGlue = () => {',
  // Jest's environment jsdom has no such globals.
  cjs: 'const { TextDecoder, TextEncoder } = require("node:util");\nexports.createGlue = () => {',
};

/** Builds the WebAssembly module with its glue: an ES module for bundlers, and CommonJS for Node, which loads it synchronously. */
export const buildWasm = async () => {
  const env = wasmEnv();
  if (!env) throw new Stop("Rust has no WebAssembly target here: run `npm run setup wasm`.");
  say("build    wasm: dist/wasm");
  const options =
    "--target no-modules --no-pack --no-gitignore --no-opt --mode no-install --out-name gradloom";
  const args = ["--quiet", "build", "bindings/wasm", ...options.split(" "), "--out-dir", "../../dist/wasm"];
  runQuietly("wasm-pack", args, { env: shippedEnv(env, FLAGS) });
  const glue = readFileSync(join(root, "dist/wasm/gradloom.js"), "utf8");
  for (const [kind, head] of Object.entries(HEADS)) {
    writeFileSync(
      join(root, `dist/wasm/gradloom.${kind}`),
      `${head}\n${START}\n${glue}\nreturn wasm_bindgen;\n};\n`,
    );
  }
  const { size } = statSync(join(root, "dist/wasm/gradloom_bg.wasm"));
  say(`         gradloom_bg.wasm: ${(size / 1024).toFixed(1)} KiB`);
};
