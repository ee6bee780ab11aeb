import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../shell.mjs";

/**
 * Lists the namespaces that ts/src/index.ts exports from folders: each is also an import path, `gradloom/<folder>`.
 *
 * Returns `[{ name: "tree", folder: "tree" }, …]`.
 */
export const namespaces = () => {
  const index = readFileSync(join(root, "ts/src/index.ts"), "utf8");
  const lines = index.matchAll(/^export \* as (\w+) from "\.\/([\w/-]+)\/index\.ts";$/gm);
  return [...lines].map(([, name, folder]) => ({ name, folder }));
};
