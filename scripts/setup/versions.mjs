import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../shell.mjs";

const read = (file) => readFileSync(join(root, file), "utf8");

/** The oldest Node that runs the library and these scripts. */
export const node = JSON.parse(read("package.json")).engines.node.match(/\d+/)[0];

/** The oldest Rust that compiles the workspace. */
export const rust = read("Cargo.toml").match(/^rust-version = "(.+)"/m)[1];

/** The version of wasm-bindgen that the crate pins: the command line tool must have exactly the same. */
export const wasmBindgen = read("bindings/wasm/Cargo.toml").match(/^wasm-bindgen = "=(.+)"/m)[1];

export const wasmPack = "0.15.1";
export const cargoDeny = "0.20.2";
export const nextest = "0.9.151";
