import { checkLayers } from "./check/layers.mjs";
import { checkLengths } from "./check/lengths.mjs";
import { checkLinks } from "./check/links.mjs";
import { checkRustLayers } from "./check/rust-layers.mjs";
import { setup } from "./setup.mjs";
import { isMain, main, Stop, say, succeeds, tsc } from "./shell.mjs";

/** Turns a function that lists problems into a check, which prints them. */
const listing = (find) => async () => {
  const problems = await find();
  for (const problem of problems) say(problem);
  return problems.length === 0;
};

/** The checks that do not run the library: a name, and a function that tells whether it holds. */
const checks = {
  "types (tsc)": () => tsc("--noEmit"),
  "style (biome)": () => succeeds("biome", ["check", "--error-on-warnings"]),
  "format (rustfmt)": () => succeeds("cargo", ["fmt", "--all", "--check"]),
  "lints (clippy)": () =>
    succeeds("cargo", ["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]),
  "licences and sources of crates (cargo-deny)": () =>
    succeeds("cargo", ["deny", "--log-level", "error", "check", "licenses", "bans", "sources"]),
  "layers of ts/src": listing(checkLayers),
  "layers of the crates": listing(checkRustLayers),
  "lengths of files": listing(checkLengths),
  "links between pages": listing(checkLinks),
};

/** Runs all checks and counts them. */
export const check = async () => {
  const count = { passed: 0, failed: 0 };
  for (const [name, holds] of Object.entries(checks)) {
    const ok = await holds();
    count[ok ? "passed" : "failed"] += 1;
    say(`${ok ? "ok  " : "FAIL"} ${name}`);
  }
  return count;
};

if (isMain(import.meta)) {
  await main(async () => {
    setup(["node", "rust", "rustTools"]);
    const { failed } = await check();
    if (failed > 0) throw new Stop(`${failed} checks failed.`);
  });
}
