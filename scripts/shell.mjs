import { spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** The folder of the tools built for this project, which all checkouts share. */
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

/** A failure whose message explains it in one sentence: it is printed without a stack. */
export class Stop extends Error {}

const spawn = (command, args, { env, cwd = root, ...options } = {}) =>
  spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: "utf8",
    maxBuffer: 1 << 28,
    shell: process.platform === "win32" && ["npm", "npx", "napi", "biome", "vitest"].includes(command),
    ...options,
  });

/** Runs a command and returns what it prints, undefined where it fails or does not exist. */
export const output = (command, args, options) => {
  const result = spawn(command, args, { stdio: ["ignore", "pipe", "ignore"], ...options });
  return result.status === 0 ? result.stdout.trim() : undefined;
};

/** Runs a command, shows its output and tells whether it succeeded. */
export const succeeds = (command, args, options) =>
  spawn(command, args, { stdio: ["ignore", "inherit", "inherit"], ...options }).status === 0;

/** Runs a command and shows its output; a failure ends the script. */
export const run = (command, args, options) => {
  if (!succeeds(command, args, options)) throw new Stop(`\`${[command, ...args].join(" ")}\` failed.`);
};

/**
 * Runs the newest TypeScript, shows its output and tells whether it succeeded. It is named by its file: the package `typescript-lowest` has
 * a command `tsc` too.
 */
export const tsc = (...args) =>
  succeeds(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), ...args]);

/** Runs a command and shows its output only if it fails; a failure ends the script. */
export const runQuietly = (command, args, options) => {
  const { status, stdout, stderr, error } = spawn(command, args, {
    stdio: ["ignore", "pipe", "pipe"],
    ...options,
  });
  if (status === 0) return;
  process.stderr.write(`${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}`);
  throw new Stop(`\`${[command, ...args].join(" ")}\` failed.`);
};

/** Runs a command, shows its output and returns it: `{ ok, text }`. */
export const observe = (command, args, options) => {
  const result = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  const text = `${result.stdout ?? ""}${result.stderr ?? ""}${result.error?.message ?? ""}`;
  process.stdout.write(text);
  return { ok: result.status === 0, text };
};

/** Runs the body of a script with the arguments of the command line. An error is printed, and the exit code is 1. */
export const main = async (body) => {
  try {
    await body(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof Stop ? error.message : error);
    process.exitCode = 1;
  }
};

/** Tells whether a module is the script that Node was started with. */
export const isMain = (meta) => process.argv[1] === fileURLToPath(meta.url);
