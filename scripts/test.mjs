import { build } from "./build.mjs";
import { check } from "./check.mjs";
import { parts } from "./setup.mjs";
import { main, Stop, say, succeeds } from "./shell.mjs";
import { newerNode } from "./test/newer-node.mjs";
import { testRust } from "./test/rust.mjs";
import { testProject } from "./test/vitest.mjs";

const nothing = { passed: 0, failed: 0 };
const one = (ok) => ({ passed: ok ? 1 : 0, failed: ok ? 0 : 1 });

const sum = (counts) =>
  counts.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed }), nothing);

/** Runs a stage or a part of one and returns its counts. An error is printed and counts as one failure, so that the others run. */
const attempt = async (work) => {
  try {
    return (await work()) ?? nothing;
  } catch (error) {
    console.error(error instanceof Stop ? error.message : error);
    return one(false);
  }
};

const eachOf = async (works) => {
  const counts = [];
  for (const work of works) counts.push(await attempt(work));
  return sum(counts);
};

const onNewerNode = () => {
  const node = newerNode();
  return node && sum(["native", "wasm"].map((engine) => testProject(engine, node)));
};

/** The stages of `npm test`, in order. Each returns its counts. */
const stages = {
  "set-up": () => eachOf(Object.values(parts)),
  build: () => eachOf(["native", "gpu", "wasm", "js", "licenses"].map((name) => () => build([name]))),
  checks: check,
  rust: testRust,
  "no engine": () => testProject("plain"),
  "native engine": () => testProject("native"),
  "wasm engine": () => testProject("wasm"),
  "both engines, newer Node": onNewerNode,
  "GPU, wgpu on lavapipe": () => testProject("gpu"),
  "GPU, Dawn on SwiftShader": () => testProject("dawn"),
  "wasm engine, Chromium": () => testProject("browser"),
  "GPU, Chromium on SwiftShader": () => testProject("browser-gpu"),
  "checkpoints of other libraries": () => testProject("interop"),
  packaging: () => testProject("packaging"),
  "demo, short": () => one(succeeds("npm", ["run", "--silent", "demo", "--", "--short"])),
};

await main(async () => {
  const results = [];
  for (const [name, stage] of Object.entries(stages)) {
    say(`\n== ${name}`);
    const start = performance.now();
    results.push({ name, ...(await attempt(stage)), seconds: (performance.now() - start) / 1000 });
  }
  say("");
  for (const { name, passed, failed, seconds } of results) {
    say(
      `${failed > 0 ? "FAIL" : "ok  "} ${name}: ${passed} passed, ${failed} failed (${seconds.toFixed(1)} s)`,
    );
  }
  const { passed, failed } = sum(results);
  say(`${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
});
