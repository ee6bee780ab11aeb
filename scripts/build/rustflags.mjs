import { homedir } from "node:os";
import { join } from "node:path";
import { output, root } from "../shell.mjs";

/** Lists the folders of this machine that rustc writes into panic messages, each with what stands for it in a binary. */
const prefixes = (env) => {
  const { CARGO_HOME = join(homedir(), ".cargo"), CARGO_TARGET_DIR } = process.env;
  return Object.entries({
    [output("rustc", ["--print", "sysroot"], { env })]: "/rust",
    [CARGO_HOME]: "/cargo",
    [root.replace(/[\\/]$/, "")]: "/gradloom",
    ...(CARGO_TARGET_DIR && { [CARGO_TARGET_DIR]: "/target" }),
  });
};

/**
 * Returns the flags of rustc for binaries that are shipped, as an environment: they keep the paths of this machine out of them.
 *
 * @param env - the environment in which rustc runs
 * @param more - further flags
 */
export const shippedEnv = (env = {}, more = []) => {
  const remapped = prefixes(env).map(([from, to]) => `--remap-path-prefix=${from}=${to}`);
  const given = process.env.RUSTFLAGS?.split(" ").filter(Boolean) ?? [];
  // Encoded flags are separated by a character that no path has.
  return { ...env, CARGO_ENCODED_RUSTFLAGS: [...given, ...more, ...remapped].join("\x1f") };
};
