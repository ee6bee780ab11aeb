import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root, run, Stop, say } from "../shell.mjs";
import * as versions from "./versions.mjs";

const packages = (file) =>
  existsSync(join(root, file)) ? JSON.parse(readFileSync(join(root, file), "utf8")).packages : {};

/** Tells whether node_modules has every package of the lockfile at its version; optional ones may be absent. */
const installed = () => {
  const present = packages("node_modules/.package-lock.json");
  return Object.entries(packages("package-lock.json")).every(
    ([path, { version, optional, devOptional }]) =>
      path === "" || (present[path] ? present[path].version === version : optional || devOptional),
  );
};

export const setupNode = () => {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < Number(versions.node)) {
    throw new Stop(
      `Node ${versions.node} or newer is needed, this is ${process.versions.node}: see https://nodejs.org.`,
    );
  }
  if (installed()) return say(`node     ${process.versions.node}, packages as in package-lock.json`);
  say("node     npm install: node_modules does not match package-lock.json");
  // npm install and not npm ci, which refuses a lockfile that lacks an optional package of some other platform.
  run("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"]);
};
