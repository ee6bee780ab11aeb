import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../shell.mjs";

/** The import paths that are not in the index, such as `gradloom/tfjs`; each is a folder of ts/src. */
export const adapters = ["safetensors", "tfjs", "jax", "jax/optax"];

/** The libraries of others that adapters import, which the package only asks for. */
export const peers = Object.keys(
  JSON.parse(readFileSync(join(root, "package.json"), "utf8")).peerDependencies,
);
