import { setupBrowser } from "./setup/browser.mjs";
import { setupBundlers } from "./setup/bundlers.mjs";
import { setupGpu } from "./setup/gpu.mjs";
import { setupInterop } from "./setup/interop.mjs";
import { setupNode } from "./setup/node.mjs";
import { setupRust, setupRustTools } from "./setup/rust.mjs";
import { setupSwiftShader } from "./setup/swiftshader.mjs";
import { setupWasm } from "./setup/wasm.mjs";
import { isMain, main, Stop, say } from "./shell.mjs";

/** The parts that can be set up, each after those that it needs. */
export const parts = {
  node: setupNode,
  rust: setupRust,
  rustTools: setupRustTools,
  wasm: setupWasm,
  browser: setupBrowser,
  dawn: setupSwiftShader,
  gpu: setupGpu,
  bundlers: setupBundlers,
  interop: setupInterop,
};

/** Sets up the named parts; each prints one line that says what it found or did. */
export const setup = (names = Object.keys(parts)) => {
  for (const name of names) {
    if (!parts[name])
      throw new Stop(`There is no part ${name}: choose from ${Object.keys(parts).join(", ")}.`);
    parts[name]();
  }
};

if (isMain(import.meta)) {
  await main((names) => {
    setup(names.length > 0 ? names : undefined);
    say("set-up   done");
  });
}
