import { existsSync, readdirSync } from "node:fs";
import { output, Stop, say, succeeds } from "../shell.mjs";
import { aptObstacle } from "./apt.mjs";
import { debianEnv, installDebianToolchain } from "./debian-wasm.mjs";
import { installTool } from "./rust.mjs";
import * as versions from "./versions.mjs";

export const target = "wasm32-unknown-unknown";

/** Whether to ignore rustup's own target, which tests the set-up with Debian's compiler. */
const ignoreRustup = process.env.GRADLOOM_IGNORE_RUSTUP === "1";

const hasTarget = (rustc, env) => {
  const folder = output(rustc, ["--print", "target-libdir", "--target", target], { env });
  return (
    folder !== undefined && existsSync(folder) && readdirSync(folder).some((f) => f.startsWith("libcore-"))
  );
};

const ordinary = () => !ignoreRustup && hasTarget("rustc");
const debian = () => hasTarget("/usr/bin/rustc");

/** Returns the environment in which cargo can build for WebAssembly, undefined where no compiler for it is set up. */
export const wasmEnv = () => (ordinary() ? {} : debian() ? debianEnv() : undefined);

const setupTarget = () => {
  if (ordinary()) return say(`wasm     ${target} found`);
  if (debian()) return say(`wasm     ${target} found in Debian's compiler`);
  if (!ignoreRustup && output("rustup", ["--version"])) {
    say(`wasm     rustup target add ${target}`);
    if (succeeds("rustup", ["target", "add", target], { timeout: 60_000 }) && ordinary()) return;
    say("wasm     rustup could not fetch it");
  }
  const obstacle = aptObstacle();
  if (obstacle)
    throw new Stop(`The Rust target ${target} is missing and ${obstacle}: install the target by hand.`);
  installDebianToolchain(target);
  if (!debian()) throw new Stop(`Debian's compiler was set up but does not see ${target}.`);
};

const setupTools = () => {
  const bindgen = versions.wasmBindgen;
  if (output("wasm-bindgen", ["--version"]) !== `wasm-bindgen ${bindgen}`) {
    say(`wasm     cargo install wasm-bindgen-cli ${bindgen} (once, about 2 minutes)`);
    installTool("wasm-bindgen-cli", bindgen, ["--no-default-features", "--force"]);
  }
  if (output("wasm-pack", ["--version"]) !== `wasm-pack ${versions.wasmPack}`) {
    say(`wasm     cargo install wasm-pack ${versions.wasmPack} (once, about 2 minutes)`);
    installTool("wasm-pack", versions.wasmPack, ["--locked", "--force"]);
  }
};

export const setupWasm = () => {
  setupTarget();
  setupTools();
};
