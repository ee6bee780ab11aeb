// Makes the golden fixtures again from real Optax and compares them with the committed ones.
//   node tests/golden/remake.mjs           fails and lists the files that moved
//   node tests/golden/remake.mjs --write   puts the new files in their place
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { virtualEnvironment } from "../../scripts/setup/virtual-environment.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const committed = join(here, "fixtures");
const generators = ["make.py", "make_schedules.py", "make_functions.py", "make_api.py"];

const run = (command, args) => {
  const { status, error } = spawnSync(command, args, {
    stdio: "inherit",
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1", JAX_PLATFORMS: "cpu" },
  });
  if (error || status !== 0) {
    console.error(`failed: ${command} ${args.join(" ")}${error ? ` (${error.message})` : ""}`);
    process.exit(1);
  }
};

const names = (folder) => readdirSync(folder).filter((name) => name.endsWith(".json"));
const text = (folder, name) => {
  const path = join(folder, name);
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
};

const fresh = mkdtempSync(join(tmpdir(), "gradloom-golden-"));
try {
  const executable = virtualEnvironment("optax", join(here, "requirements.txt"));
  for (const generator of generators) run(executable, [join(here, generator), "--out", fresh]);
  const all = [...new Set([...names(committed), ...names(fresh)])].sort();
  const moved = all.filter((name) => text(committed, name) !== text(fresh, name));
  if (process.argv.includes("--write")) {
    for (const name of moved) {
      if (existsSync(join(fresh, name))) cpSync(join(fresh, name), join(committed, name));
      else rmSync(join(committed, name));
    }
    console.log(`${moved.length} of ${all.length} fixtures written.`);
  } else if (moved.length > 0) {
    console.error(`${moved.length} of ${all.length} fixtures differ from Optax:`);
    for (const name of moved)
      console.error(`  ${name}${existsSync(join(fresh, name)) ? "" : " (no row makes it)"}`);
    console.error("If that is meant: node tests/golden/remake.mjs --write");
    process.exitCode = 1;
  } else {
    console.log(`All ${all.length} fixtures are what Optax gives.`);
  }
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
