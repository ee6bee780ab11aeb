import { build } from "./build.mjs";
import { check } from "./check.mjs";
import { main, Stop, say, succeeds } from "./shell.mjs";
import { setup } from "./setup.mjs";
import { newerNode } from "./test/newer-node.mjs";
import { testRust } from "./test/rust.mjs";
import { testProject } from "./test/vitest.mjs";

const nothing = { passed: 0, failed: 0 };
const one = (ok) => ({ passed: ok ? 1 : 0, failed: ok ? 0 : 1 });

const onNewerNode = () => {
  const node = newerNode();
  if (!node) return nothing;
  const counts = ["native", "wasm"].map((engine) => testProject(engine, node));
  return { passed: counts[0].passed + counts[1].passed, failed: counts[0].failed + counts[1].failed };
};

/** What has to pass, in order. Each stage gives its counts; one that throws has failed. */
const stages = {
  build: async () => (await build(), nothing),
  checks: check,
  rust: testRust,
  "native engine": () => testProject("native"),
  "wasm engine": () => testProject("wasm"),
  "both engines, newer Node": onNewerNode,
  "wasm engine, Chromium": () => testProject("browser"),
  packaging: () => testProject("packaging"),
  "demo, short": () => one(succeeds("npm", ["run", "--silent", "demo", "--", "--short"])),
};

await main(async () => {
  setup();
  const results = [];
  for (const [name, stage] of Object.entries(stages)) {
    say(`\n== ${name}`);
    const start = performance.now();
    const count = await Promise.resolve().then(stage).catch((error) => {
      console.error(error instanceof Stop ? error.message : error);
      return one(false);
    });
    results.push({ name, ...count, seconds: (performance.now() - start) / 1000 });
  }
  say("");
  for (const { name, passed, failed, seconds } of results) {
    say(`${failed > 0 ? "FAIL" : "ok  "} ${name}: ${passed} passed, ${failed} failed (${seconds.toFixed(1)} s)`);
  }
  const total = (key) => results.reduce((sum, result) => sum + result[key], 0);
  say(`${total("passed")} passed, ${total("failed")} failed`);
  if (total("failed") > 0) process.exitCode = 1;
});
