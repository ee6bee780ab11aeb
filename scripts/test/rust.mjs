import { softwareVulkan } from "../setup/gpu.mjs";
import { observe, say } from "../shell.mjs";

const number = (text, pattern) => Number(text.match(pattern)?.[1] ?? 0);

/** The test binaries that need a GPU; without the feature `wgpu` they have no tests. */
const onGpu = ["agreement", "executor"].map((name) => `gradloom-gpu::${name}`);

const everything = ["--workspace", "--features", "gradloom-gpu/wgpu", "--no-fail-fast"];
/** The flags for one line per test, with or without a terminal. */
const listed = ["--color", "never", "--status-level", "pass"];

/** Runs the workspace's tests through nextest, those of the GPU on lavapipe, then the examples in doc comments. Returns the counts. */
export const testRust = () => {
  const units = observe("cargo", ["nextest", "run", ...everything, ...listed], { env: softwareVulkan() });
  const summary = units.text.match(/tests? run: .*/)?.[0] ?? "";
  const docs = observe("cargo", ["test", "--quiet", "--doc", "-p", "gradloom-core"]);
  const missing = onGpu.filter((binary) => !units.text.includes(` ${binary} `));
  for (const binary of missing) say(`FAIL ${binary}: no test ran`);
  const count = {
    passed: number(summary, /(\d+) passed/) + number(docs.text, /(\d+) passed/),
    failed:
      missing.length +
      number(summary, /(\d+) failed/) +
      number(summary, /(\d+) timed out/) +
      number(docs.text, /(\d+) failed/),
  };
  // A build that fails and a runner that finds no test print no summary: that is a failure too.
  if ((!units.ok || !docs.ok || !summary) && count.failed === 0) count.failed = 1;
  return count;
};
