import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { output, say, succeeds, toolsDir } from "../shell.mjs";

const major = "24";

/** Installs a newer Node from npm, outside the project. Returns its path, or prints why there is none and returns undefined. */
export const newerNode = () => {
  if (Number(process.versions.node.split(".")[0]) >= Number(major)) {
    return say(`skipped: this Node is ${process.versions.node} already`);
  }
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const folder = join(dirname(toolsDir), `node-${major}`);
  const binary = join(folder, "node_modules", name, "bin", "node");
  if (!existsSync(binary)) {
    say(`npm install ${name}@${major} into ${folder} (once)`);
    mkdirSync(folder, { recursive: true });
    const flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", "--prefix", folder];
    succeeds("npm", ["install", ...flags, `${name}@${major}`], { timeout: 120_000 });
  }
  const version = output(binary, ["--version"]);
  if (!version) return say(`skipped: npm has no ${name}@${major} for this machine, or it cannot be reached`);
  say(`Node ${version}`);
  return binary;
};
