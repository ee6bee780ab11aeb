import { spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** Where tools built for this project lie, shared by all checkouts. */
export const toolsDir = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "gradloom", "tools");

// Tools of this checkout come first; rustup's folder is often missing from the PATH of a fresh shell.
const folders = [
  join(root, "node_modules", ".bin"),
  join(toolsDir, "bin"),
  process.env.PATH,
  join(homedir(), ".cargo", "bin"),
];
process.env.PATH = folders.join(delimiter);

export const say = (text) => console.log(text);

/** A failure that has been explained in one sentence: printed without a stack. */
export class Stop extends Error {}

const spawn = (command, args, { env, cwd = root, ...options } = {}) =>
  spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: "utf8",
    maxBuffer: 1 << 28,
    shell: process.platform === "win32" && ["npm", "npx", "napi", "tsc", "biome", "vitest"].includes(command),
    ...options,
  });

/** What a command prints, undefined where it fails or is not there. */
export const output = (command, args, options) => {
  const result = spawn(command, args, { stdio: ["ignore", "pipe", "ignore"], ...options });
  return result.status === 0 ? result.stdout.trim() : undefined;
};

/** Runs a command with its output in sight and tells whether it succeeded. */
export const succeeds = (command, args, options) =>
  spawn(command, args, { stdio: ["ignore", "inherit", "inherit"], ...options }).status === 0;

/** Runs a command with its output in sight; a failure ends the script. */
export const run = (command, args, options) => {
  if (!succeeds(command, args, options)) throw new Stop(`\`${[command, ...args].join(" ")}\` failed.`);
};

/** Runs a command and shows what it printed only if it fails; a failure ends the script. */
export const runQuietly = (command, args, options) => {
  const { status, stdout, stderr, error } = spawn(command, args, {
    stdio: ["ignore", "pipe", "pipe"],
    ...options,
  });
  if (status === 0) return;
  process.stderr.write(`${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}`);
  throw new Stop(`\`${[command, ...args].join(" ")}\` failed.`);
};

/** Runs a command, shows its output and hands it back: `{ ok, text }`. */
export const observe = (command, args, options) => {
  const result = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  const text = `${result.stdout ?? ""}${result.stderr ?? ""}${result.error?.message ?? ""}`;
  process.stdout.write(text);
  return { ok: result.status === 0, text };
};

/** The body of a script: explained failures print one sentence and exit with 1. */
export const main = async (body) => {
  try {
    await body(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof Stop ? error.message : error);
    process.exitCode = 1;
  }
};

/** True where this file is the script that Node was started with. */
export const isMain = (meta) => process.argv[1] === fileURLToPath(meta.url);
