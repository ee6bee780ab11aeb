import { output, run, Stop, say, succeeds, toolsDir } from "../shell.mjs";
import * as versions from "./versions.mjs";

const older = (have, need) => {
  const [a, b] = [have, need].map((version) => version.split(".").map(Number));
  return a[0] !== b[0] ? a[0] < b[0] : a[1] < b[1];
};

/** Checks for rustc and cargo, which suffice to build the addon. */
export const setupRust = () => {
  const version = output("rustc", ["--version"])?.split(" ")[1];
  const remedy = `Rust ${versions.rust} or newer is needed`;
  if (!version || !output("cargo", ["--version"])) {
    throw new Stop(
      `${remedy} and \`cargo\` was not found: install it from https://rustup.rs and run this again.`,
    );
  }
  if (older(version, versions.rust)) throw new Stop(`${remedy}, this is ${version}: run \`rustup update\`.`);
  say(`rust     ${version}`);
};

/** Installs clippy, rustfmt and the test runner nextest where they are missing. */
export const setupRustTools = () => {
  for (const [component, command] of [
    ["clippy", "cargo-clippy"],
    ["rustfmt", "rustfmt"],
  ]) {
    if (output(command, ["--version"])) continue;
    say(`rust     rustup component add ${component}`);
    if (!succeeds("rustup", ["component", "add", component])) {
      throw new Stop(
        `${component} is missing: install it (\`rustup component add ${component}\`) and run this again.`,
      );
    }
  }
  const version = output("cargo-nextest", ["nextest", "--version"])?.split(/\s/)[1];
  if (version) return say(`nextest  ${version}`);
  say(`nextest  cargo install cargo-nextest into ${toolsDir} (once, some minutes)`);
  installTool("cargo-nextest", versions.nextest, [
    "--no-default-features",
    "--features",
    "default-no-update",
  ]);
};

/** Builds and installs a command line tool, unoptimised: optimising takes longer than it would ever save. */
export const installTool = (crate, version, flags = []) =>
  run("cargo", ["install", crate, "--version", version, "--root", toolsDir, "--quiet", ...flags], {
    env: {
      CARGO_PROFILE_RELEASE_OPT_LEVEL: "0",
      CARGO_PROFILE_RELEASE_LTO: "off",
      CARGO_PROFILE_RELEASE_STRIP: "true",
    },
  });
