import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { output, run, Stop, say } from "../shell.mjs";
import { aptInstall, asRoot } from "./apt.mjs";

/**
 * The Debian packages of a current compiler, with the sources of its standard library. Debian has no library for WebAssembly: it is
 * built once from those sources and put where that compiler looks for it.
 */
const packages = ["rustc-web", "cargo-web", "rust-web-src", "lld-22"];
const rustc = "/usr/bin/rustc";

/** Returns the environment that selects Debian's compiler, through rustup where rustup is installed. */
export const debianEnv = () => {
  if (output("rustup", ["--version"]) === undefined) return { PATH: `/usr/bin:${process.env.PATH}` };
  if (output("rustup", ["run", "web", "rustc", "--print", "sysroot"]) !== "/usr") {
    run("rustup", ["toolchain", "link", "web", "/usr"]);
  }
  return { RUSTUP_TOOLCHAIN: "web" };
};

const buildStd = (target, folder, sources) => {
  const details = output(rustc, ["-vV"]);
  const commit = details.match(/^commit-hash: (.+)$/m)[1];
  const registry = join(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "registry", "src");
  writeFileSync(
    join(folder, "Cargo.toml"),
    '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2021"\n[lib]\npath = "lib.rs"\n[workspace]\n',
  );
  writeFileSync(join(folder, "lib.rs"), "");
  const std = ["-Zbuild-std=std,panic_abort,proc_macro,test"];
  run(
    "env",
    ["-u", "RUSTUP_TOOLCHAIN", "/usr/bin/cargo", "build", "--release", "-q", ...std, "--target", target],
    {
      cwd: folder,
      env: {
        PATH: `/usr/bin:${process.env.PATH}`,
        RUSTC: rustc,
        RUSTC_BOOTSTRAP: "1",
        CARGO_TARGET_DIR: join(folder, "target"),
        // Link-time optimisation needs the bitcode; the remapped prefixes keep local paths out of the library.
        RUSTFLAGS: [
          "-Cembed-bitcode=yes",
          `--remap-path-prefix=${sources}=/rustc/${commit}`,
          `--remap-path-prefix=${registry}=/cargo`,
        ].join(" "),
      },
    },
  );
};

export const installDebianToolchain = (target) => {
  say(`wasm     apt-get install ${packages.join(" ")} (about 150 MB)`);
  if (!aptInstall(packages)) throw new Stop(`apt-get could not install ${packages.join(" ")}.`);
  const lib = join(output(rustc, ["--print", "sysroot"]), "lib", "rustlib");
  const sources = join(lib, "src", "rust");
  if (!existsSync(join(sources, "library")))
    throw new Stop(`There are no sources of the library in ${sources}.`);

  say("wasm     building the standard library for WebAssembly (once, about a minute)");
  const folder = mkdtempSync(join(tmpdir(), "gradloom-std-"));
  try {
    buildStd(target, folder, sources);
    const built = join(folder, "target", target, "release", "deps");
    const rlibs = readdirSync(built).filter(
      (file) => /^lib.*\.rlib$/.test(file) && !file.startsWith("libempty-"),
    );
    const place = join(lib, target, "lib");
    asRoot("rm", ["-rf", place]);
    asRoot("mkdir", ["-p", place]);
    asRoot("cp", [...rlibs.map((file) => join(built, file)), place]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  // rustc looks for its linker here under the name rust-lld; Debian calls it lld-22.
  const host = output(rustc, ["-vV"]).match(/^host: (.+)$/m)[1];
  asRoot("mkdir", ["-p", join(lib, host, "bin")]);
  asRoot("ln", ["-sf", "/usr/bin/lld-22", join(lib, host, "bin", "rust-lld")]);
};
